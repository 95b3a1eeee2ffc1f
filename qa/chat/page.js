// What the page's buttons do. Each part that is drawn on the server calls its function here once, with its `element` and with
// Gradio's `trigger`; clicks are caught on the element, because the HTML inside it changes with every answer.
window.tenkyo = (() => {
  const $ = (selector) => document.querySelector(selector);

  function conversation(element, trigger) {
    element.addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (!button) return;
      const { cite, ask, copy: words, verdict, mend } = button.dataset;
      if (cite) open(button, trigger);
      else if (ask) trigger('select', { question: ask });
      else if (verdict) trigger('like', { verdict });
      else if (mend) field(button, trigger);
      else if (words !== undefined) copy(button, words);
    });
    // A new question scrolls into view, and its answer once it is there; the reader's place is otherwise left alone.
    let seen = '';
    new MutationObserver(() => {
      const all = element.querySelectorAll('.turn');
      const last = all[all.length - 1];
      const state = last ? `${all.length} ${last.ariaBusy}` : '';
      if (last && state !== seen) last.scrollIntoView({ block: 'start' });
      seen = state;
    }).observe(element, { childList: true, subtree: true, attributes: true, attributeFilter: ['aria-busy'] });
  }

  function open(button, trigger) {
    $('#log').querySelectorAll('[data-opened]').forEach((other) => other.removeAttribute('data-opened'));
    button.setAttribute('data-opened', '');
    trigger('click', { cite: button.dataset.cite });
  }

  // The question as understood becomes a field; Enter or its button asks with what stands in it.
  function field(button, trigger) {
    const form = document.createElement('form');
    form.className = 'mending';
    const input = Object.assign(document.createElement('input'), { value: button.dataset.question, maxLength: 500 });
    input.setAttribute('aria-label', button.dataset.label);
    const send = Object.assign(document.createElement('button'), { textContent: button.dataset.send, type: 'submit' });
    form.append(input, send);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (input.value.trim()) trigger('edit', { turn: button.dataset.mend, question: input.value });
    });
    form.addEventListener('keydown', (event) => { if (event.key === 'Escape') form.replaceWith(button); });
    button.replaceWith(form);
    input.focus();
  }

  function panel(element, trigger) {
    element.addEventListener('click', (event) => {
      const button = event.target.closest('button');
      if (!button) return;
      const { page, view, step: by, link } = button.dataset;
      if (page) trigger('select', { page });
      else if (view) show(view);
      else if (by) step(Number(by));
      else if (link) copy(button, location.origin + location.pathname + link);
      else if (button.dataset.back !== undefined) back();
    });
    element.addEventListener('keydown', (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest('.sheet, .original, button')) return;
      if (event.key === 'ArrowRight') step(1);
      else if (event.key === 'ArrowLeft') step(-1);
      else if (event.key === 'Escape') back();
    });
  }

  // Another source of the same answer: as if its own button were pressed.
  function step(by) {
    const [turn, n] = ($('#source .panel')?.dataset.cite ?? '').split(':');
    $('#log').querySelector(`.source[data-cite="${turn}:${Number(n) + by}"]`)?.click();
  }

  function back() {
    const opened = $('#log [data-opened]') ?? $('#question textarea');
    opened?.scrollIntoView({ block: 'center' });
    opened?.focus({ preventScroll: true });
  }

  function show(view) {
    for (const pane of document.querySelectorAll('#source [data-pane]')) pane.hidden = pane.dataset.pane !== view;
    for (const tab of document.querySelectorAll('#source [data-view]')) tab.ariaPressed = String(tab.dataset.view === view);
    place();
  }

  // Brings the quote into view within the panel; returns what marks it.
  function place() {
    const pane = $('#source [data-pane]:not([hidden])');
    const mark = pane?.querySelector('mark strong, .box') ?? pane?.querySelector('mark');
    if (!mark) return null;
    const inside = mark.getBoundingClientRect().top - pane.getBoundingClientRect().top + pane.scrollTop;
    pane.scrollTop = inside - Math.min(Math.max(0, (pane.clientHeight - mark.offsetHeight) / 2), pane.clientHeight / 3);
    return mark;
  }

  // After the panel was drawn: the quote in view, and on a phone the panel itself.
  function reveal(focus) {
    requestAnimationFrame(() => requestAnimationFrame(async () => {
      const drawn = $('#source .panel');
      const picture = drawn?.querySelector('img');
      if (picture) await picture.decode().catch(() => {});
      const mark = place();
      if (!drawn || drawn.classList.contains('empty') || (!focus && !mark)) return;
      if (focus) drawn.focus({ preventScroll: true });
      // Beside the conversation the panel is in view already; on a phone it stands below.
      const top = (mark ?? drawn).getBoundingClientRect().top;
      if (top < 0 || top > window.innerHeight - 60) drawn.scrollIntoView({ block: 'start' });
    }));
  }

  function table(element, trigger) {
    element.addEventListener('click', (event) => {
      const button = event.target.closest('[data-remove]');
      if (button) trigger('delete', { document: button.dataset.remove });
    });
  }

  function reports(element, trigger) {
    element.addEventListener('click', (event) => {
      if (event.target.closest('[data-undo]')) trigger('undo', {});
    });
  }

  async function copy(button, words) {
    const label = button.textContent;
    button.textContent = (await copied(words)) ? button.dataset.done : button.dataset.failed;
    setTimeout(() => { button.textContent = label; }, 2000);
  }

  async function copied(words) {
    if (window.isSecureContext) {
      try {
        await navigator.clipboard.writeText(words);
        return true;
      } catch (refused) {
        // Without the permission, the older way below still works.
      }
    }
    const area = Object.assign(document.createElement('textarea'), { value: words });
    area.style.cssText = 'position: fixed; opacity: 0';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }

  // A file made on the server is handed to the reader without an address of its own.
  function save(file) {
    if (!file) return;
    const bytes = Uint8Array.from(atob(file.data), (letter) => letter.charCodeAt(0));
    const address = URL.createObjectURL(new Blob([bytes]));
    Object.assign(document.createElement('a'), { href: address, download: file.name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  function opened(language) {
    document.documentElement.lang = language || 'ja';
    return window.location.search;
  }

  return { conversation, panel, table, reports, reveal, save, opened };
})();

// What the conversation's buttons do. Gradio runs this once with `element` (the component) and `trigger` (its events);
// clicks are caught on the element, because the HTML inside it changes with every answer.
element.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.cite) {
    element.querySelectorAll('[data-opened]').forEach((other) => other.removeAttribute('data-opened'));
    button.setAttribute('data-opened', '');
    trigger('click', { cite: button.dataset.cite });
  } else if (button.dataset.ask) {
    trigger('select', { question: button.dataset.ask });
  } else if (button.dataset.copy !== undefined) {
    copy(button.dataset.copy).then((done) => said(button, done ? 'コピーしました' : 'コピーできません'));
  }
});

async function copy(text) {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch (refused) {
      // Without the permission, the older way below still works.
    }
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}

function said(button, words) {
  button.textContent = words;
  setTimeout(() => { button.textContent = 'コピー'; }, 2000);
}

// A new question scrolls into view, and its answer once it is there; the reader's place is otherwise left alone.
let seen = '';
new MutationObserver(() => {
  const all = element.querySelectorAll('.turn');
  const last = all[all.length - 1];
  const state = last ? `${all.length} ${last.ariaBusy}` : '';
  if (last && state !== seen) last.scrollIntoView({ block: 'start' });
  seen = state;
}).observe(element, { childList: true, subtree: true, attributes: true, attributeFilter: ['aria-busy'] });

// The source panel: bring the marked quote into view, and on a phone the panel itself.
window.tenkyo = {
  reveal() {
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const panel = document.querySelector('#source .panel');
      const original = panel?.querySelector('.original');
      const mark = original?.querySelector('mark strong') ?? original?.querySelector('mark');
      if (!mark) return;
      const room = Math.max(0, (original.clientHeight - mark.offsetHeight) / 2);
      original.scrollTop = mark.offsetTop - original.offsetTop - Math.min(room, original.clientHeight / 3);
      panel.focus({ preventScroll: true });
      // Beside the conversation the panel is in view already; on a phone it stands below.
      const top = mark.getBoundingClientRect().top;
      if (top < 0 || top > window.innerHeight - 60) panel.scrollIntoView({ block: 'start' });
    }));
  },
};

document.addEventListener('click', (event) => {
  if (!event.target.closest('[data-back]')) return;
  const opened = element.querySelector('[data-opened]');
  opened?.scrollIntoView({ block: 'center' });
  opened?.focus({ preventScroll: true });
});

"""What the page's conversation does: handlers take what Gradio brings and give back what is drawn."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import gradio as gr

from ingest.errors import TenkyoError
from qa.answer import Answer
from qa.chat import export, feedback, journal, panel, places, render
from qa.chat.asker import Asker, asker
from qa.chat.narrow import narrowed
from qa.chat.people import Rate
from qa.chat.pictures import picture
from qa.chat.places import View
from qa.chat.render import Turn
from qa.chat.session import Session, brought
from qa.chat.steps import Done, stepwise
from qa.chat.suggest import examples
from qa.chat.watch import Watch
from qa.chat.words import Words, words
from qa.tenkyo import Tenkyo

LONGEST = 500  # characters of a question; longer ones are pasted documents

# A stage that is over sooner is not drawn: most answers are there before anyone could read its name.
_SETTLE = 0.3

Drawn = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what it was asked under.

    :param write: whether a language model may word the answer, if there is one
    :param documents: ids to stay within; None is all
    :param as_asked: whether it is whole already, nothing to be filled in from the turns before
    :param instead: whether it takes the place of the last turn
    """

    question: str
    who: Asker
    write: bool
    documents: list[str] | None
    as_asked: bool = False
    instead: bool = False


class Talk:
    """The conversation's buttons, over one open index shared by all readers."""

    def __init__(self, tenkyo: Tenkyo, folder: Path, rate: Rate, watch: Watch | None = None) -> None:
        self._tenkyo, self._folder, self._rate = tenkyo, folder, rate
        self._watch = watch or Watch()

    def welcome(self, said: Words) -> str:
        """The empty conversation, as the index is now."""
        documents = self._tenkyo.documents()
        return render.welcome(len(documents), examples(documents), said)

    def ask(
        self,
        question: str,
        write: bool,
        ids: list[str] | None,
        conditions: list[str] | None,
        session: Session | None,
        language: str,
        request: gr.Request,
    ) -> Iterator[Drawn]:
        """Draw the stages and then the answer: (conversation, session, question box)."""
        who = asker(request, "chat")
        asked = Asked((question or "").strip(), who, write, self._within(ids, conditions))
        yield from self._answered(asked, session, words(language))

    def again(
        self,
        write: bool,
        ids: list[str] | None,
        conditions: list[str] | None,
        session: Session | None,
        language: str,
        request: gr.Request,
    ) -> Iterator[Drawn]:
        """Ask the last question anew; for when the choice of documents has changed."""
        if session is None or not session.turns:
            yield gr.skip(), session, gr.skip()
            return
        last, who = session.turns[-1].question, asker(request, "chat")
        asked = Asked(last, who, write, self._within(ids, conditions), instead=True)
        yield from self._answered(asked, session, words(language))

    def mended(
        self,
        write: bool,
        ids: list[str] | None,
        conditions: list[str] | None,
        session: Session | None,
        language: str,
        request: gr.Request,
        event: gr.EventData,
    ) -> Iterator[Drawn]:
        """Ask with the reader's own wording of what was understood; a new turn unless it was the last."""
        last = str(len(session.turns) - 1) if session is not None and session.turns else None
        question, instead = brought(event, "question").strip(), brought(event, "turn") == last
        within, who = self._within(ids, conditions), asker(request, "chat")
        asked = Asked(question, who, write, within, as_asked=True, instead=instead)
        yield from self._answered(asked, session, words(language))

    def stop(self, session: Session | None) -> None:
        """Give up the answer that is being written; what the documents say word for word is shown instead."""
        if session is not None:
            session.stop.set()

    def clear(self, session: Session | None, language: str) -> Drawn:
        """Forget the conversation: (conversation, session, source panel, question box)."""
        if session is not None:
            session.closed = True
            session.stop.set()
        said = words(language)
        return self.welcome(said), Session(self._tenkyo.conversation()), panel.nothing_opened(said), ""

    def judge(
        self, session: Session | None, language: str, request: gr.Request, event: gr.EventData
    ) -> tuple[Any, Session | None]:
        """Keep what the reader thinks of an answer: (conversation, session)."""
        said = words(language)
        number, _, verdict = brought(event, "verdict").partition(":")
        turn = _turn(session, number)
        if session is None or turn is None or turn.answer is None or verdict not in ("useful", "wrong"):
            return gr.skip(), session
        try:
            user = str(getattr(request, "username", None) or "")
            feedback.keep(self._folder, turn.question, turn.answer, verdict, user)
            remark = said.thanks
        except OSError:
            verdict, remark = "", said.not_kept
        session.turns[int(number)] = replace(turn, verdict=verdict, remark=remark)
        return render.log(session.turns, said), session

    def show(self, session: Session | None, language: str, event: gr.EventData) -> str:
        """The source panel for the citation pressed."""
        said = words(language)
        number, _, n = brought(event, "cite").partition(":")
        turn = _turn(session, number)
        answer = turn.answer if turn else None
        listed = (answer.nearest if answer.abstained else answer.citations) if answer else ()
        citation = next((citation for citation in listed if str(citation.n) == n), None)
        if session is None or answer is None or citation is None:
            return panel.nothing_opened(said)
        try:
            document = self._tenkyo.document(citation.document_id)
        except KeyError:
            return panel.notice(said.gone)
        if not any(document.id == one.id for one in self._tenkyo.documents()):
            return panel.notice(said.gone)  # kept at hand a little longer than the index holds it
        cite, told = f"{number}:{citation.n}", render.telling(answer)
        return self._opened(session, View(document, citation, cite, len(listed), told, citation.page), said)

    def leaf(self, session: Session | None, language: str, event: gr.EventData) -> str:
        """The source panel with another page of the document that is open."""
        said = words(language)
        if session is None or session.opened is None or not brought(event, "page").isdecimal():
            return panel.nothing_opened(said)
        return self._opened(session, replace(session.opened, page=int(brought(event, "page"))), said)

    def linked(self, address: str, session: Session | None, language: str) -> tuple[Any, Session | None]:
        """The source panel for a link to a place, as the page is opened: (source panel, session)."""
        said = words(language)
        session = session or Session(self._tenkyo.conversation())
        place = places.find(self._tenkyo, address, said)
        if place is None:
            return panel.nothing_opened(said), session
        if isinstance(place, str):
            return panel.notice(place), session
        return self._opened(session, place, said), session

    def save(self, kind: str, session: Session | None, language: str) -> dict[str, str] | None:
        """The conversation as a file, for the page's script to hand over; None when there is none yet."""
        if session is None or not session.turns:
            return None
        made = export.KINDS[kind](session.turns, words(language))
        name = f"tenkyo-{date.today().isoformat()}.{kind}"
        return {"name": name, "data": b64encode(made).decode("ascii")}

    def _opened(self, session: Session, view: View, said: Words) -> str:
        session.opened = view
        return panel.source(view, picture(view.document, view.page), said)

    def _within(self, ids: list[str] | None, conditions: list[str] | None) -> list[str] | None:
        if not ids and not conditions:
            return None
        return narrowed(self._tenkyo.documents(), ids or (), conditions or ())

    def _answered(self, asked: Asked, session: Session | None, said: Words) -> Iterator[Drawn]:
        session = session or Session(self._tenkyo.conversation())
        if notice := self._declined(asked, said):
            shown = Turn(asked.question[:LONGEST], notice=notice)
            yield render.log((*session.turns, shown), said), session, gr.skip()
            return
        if not session.asking.acquire(blocking=False):
            gr.Info(said.busy)
            yield gr.skip(), gr.skip(), gr.skip()
            return
        try:
            if asked.instead:
                _taken_back(session)
            for drawn in self._steps(asked, session, said):
                if session.closed:
                    return
                yield drawn
        finally:
            session.asking.release()

    def _steps(self, asked: Asked, session: Session, said: Words) -> Iterator[Drawn]:
        turns, turn = session.turns, Turn(asked.question, notice=said.searching, busy=True)
        number = len(turns)
        turns.append(turn)
        yield render.log(turns, said), session, ""
        try:
            for steps in stepwise(self._work(asked, session), session.stop.set, _SETTLE):
                turn = turns[number] = _further(turn, steps, said)
                yield render.log(turns, said), session, gr.skip()
            return
        except TenkyoError as error:
            turn = Turn(asked.question, notice=str(error))
        except Exception as error:  # the last door before the reader: a line, no page that waits for ever
            journal.trouble("question", error, request=asked.who.request)
            turn = Turn(asked.question, notice=said.failed)
        turns[number] = turn
        yield render.log(turns, said), session, gr.skip()

    def _work(self, asked: Asked, session: Session) -> Callable[[Callable[[str | Answer], None]], Answer]:
        session.stop.clear()

        def work(tell: Callable[[str | Answer], None]) -> Answer:
            return session.conversation.ask(
                asked.question,
                asked.documents,
                on_stage=tell,
                on_draft=tell,
                stop=session.stop,
                written=asked.write,
                as_asked=asked.as_asked,
            )

        return lambda tell: self._watch.asked(asked.who, asked.question, lambda: work(tell))

    def _declined(self, asked: Asked, said: Words) -> str:
        """Why a question is not looked up at all; "" if it is."""
        if not asked.question:
            return said.empty
        if len(asked.question) > LONGEST:
            return said.too_long.format(length=len(asked.question), limit=LONGEST)
        if not self._rate.allows(asked.who.name):
            return said.too_often
        if not self._tenkyo.documents():
            return said.no_documents
        return said.narrowed if asked.documents == [] else ""


def _turn(session: Session | None, number: str) -> Turn | None:
    """The turn of that number, as a page names it; None if there is none."""
    if session is None or not number.isdecimal() or int(number) >= len(session.turns):
        return None
    return session.turns[int(number)]


def _further(turn: Turn, steps: list[str | Answer] | Done[Answer], said: Words) -> Turn:
    """The turn after further steps: names of stages, drafts, or the end with the answer."""
    if isinstance(steps, Done):
        return Turn(turn.question, steps.result)
    stages = {"search": said.searching, "read": said.reading, "write": said.writing}
    for step in steps:
        if isinstance(step, Answer):
            turn = replace(turn, answer=step)
        else:
            turn = replace(turn, notice=stages.get(step, turn.notice))
    return turn


def _taken_back(session: Session) -> Turn:
    """The last turn, which the conversation no longer knows of."""
    last = session.turns.pop()
    if last.answer is not None:
        del session.conversation.turns[-1:]
    return last

"""Journal: changes of a library in Milvus, each whole or not at all.

Milvus has no transactions. A change has a number and writes rows that nobody looks at; it
counts once one row, the state, says that it is finished. What a killed process left behind
the next one that writes takes away.
"""

import json
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace

from chatbot.contents import Recipe
from chatbot.errors import StoreError
from chatbot.milvus_catalog import Catalog, Version, decode_version, encode_version
from chatbot.milvus_claim import Claim
from chatbot.milvus_connection import Connection
from chatbot.milvus_rows import make_row, pack_rows, quoted, unpack_rows

FORMAT = 1
STATE = "state"
WINDOW = 1000  # changes that are read in one call
GRACE_S = 60.0  # for which what no version names any more stays, for those who look at an earlier moment
MOST_DOOMED = 1000  # batches that stay so


@dataclass(frozen=True)
class State:
    """What counts of a library.

    Changes up to ``finished`` do, ``begun`` is a later one while it is written. ``doomed`` are
    batches that no version names any more, and since when (seconds since 1970); they are to be
    deleted after a while. ``recipe`` is what passages are made with, and ``dimension`` that of
    their vectors, once there are any; ``era`` is the change that began the recipe.
    """

    finished: int = 0
    begun: int = 0
    doomed: tuple[tuple[int, float], ...] = ()
    recipe: Recipe | None = None
    dimension: int | None = None
    era: int = 0


class Journal:
    """The rows of one library: records, versions and pieces of articles; and its passages."""

    def __init__(self, connection: Connection, library: str) -> None:
        self.connection = connection
        self._library = library
        self._records, self._versions, self._pieces = (
            f"{library}_{name}" for name in ("records", "versions", "pieces")
        )
        for name in (self._records, self._versions, self._pieces):
            if not connection.has(name):
                connection.make_rows(name)
        self.claim = Claim(connection, self._records)
        self.state()  # refuses another format

    # Reading

    def state(self) -> State:
        """Give what counts at this moment.

        Raises:
            StoreError: a later release made the library.
        """
        rows = self.connection.query(self._records, f'key in ["{STATE}"]', ["value"])
        if not rows:
            return State()
        values = json.loads(rows[0]["value"])
        if (found := values.pop("format")) != FORMAT:
            raise StoreError(
                f"expected a library of format {FORMAT} at {self.connection.address}, got format {found}: "
                "another release of the chatbot made it; use that one, or another CHATBOT_MILVUS_LIBRARY"
            )
        recipe = values.pop("recipe")
        try:
            values["recipe"] = recipe and Recipe(**recipe)
        except TypeError:  # of a release that makes passages with other things
            values["recipe"] = None
        values["doomed"] = tuple((batch, since) for batch, since in values["doomed"])
        return State(**values)

    def catalog(self, former: Catalog) -> Catalog:
        """Bring a catalog up to date; the former one stays as it was."""
        state = self.state()
        if state.finished == former.generation:
            return former
        if state.finished < former.generation:  # another library is in its place
            former = Catalog()
        later = list(self._read_versions(former.generation, state.finished))
        catalog = former.after(state.finished, later)
        return replace(catalog, recipe=state.recipe, dimension=state.dimension, era=state.era)

    def _read_versions(self, after: int, until: int) -> Iterator[Version]:
        fields = ["batch", "owner", "part", "value"]
        for start in range(after, until, WINDOW):
            condition = f"batch > {start} and batch <= {min(start + WINDOW, until)}"
            rows = self.connection.query(self._versions, condition, fields)
            yield from map(decode_version, unpack_rows(rows, ("batch", "owner")).values())

    def read_pieces(self, kind: str, batches: Sequence[int]) -> dict[int, str]:
        """Map batches to the text of a kind that they hold; those without any are left out."""
        found: dict[int, str] = {}
        for start in range(0, len(batches), WINDOW):
            listed = list(batches[start : start + WINDOW])
            condition = f'kind == "{kind}" and batch in {listed}'
            rows = self.connection.query(self._pieces, condition, ["batch", "part", "value"])
            found |= {batch: text for (batch,), text in unpack_rows(rows, ("batch",)).items()}
        return found

    def passages_name(self, era: int) -> str:
        """Give the name of the collection of the passages of an era."""
        return f"{self._library}_passages_{era}"

    def has_passages(self, catalog: Catalog) -> bool:
        """Tell whether the passages that a catalog names can be there at all."""
        return catalog.dimension is None or self.connection.has(self.passages_name(catalog.era))

    def count_strays(self, catalog: Catalog) -> dict[str, int]:
        """Count the rows that neither an article nor a change that is under way has, by what they are."""
        doomed = {batch for batch, _ in self.state().doomed}
        return {
            name.removeprefix(f"{self._library}_"): sum(
                len(self.connection.query(name, condition, ["batch"])) for condition in _strays(catalog, doomed)
            )
            for name in self._batch_collections(catalog)
        }

    def drop_strays(self, catalog: Catalog) -> None:
        """Delete what ``count_strays`` counts."""
        doomed = {batch for batch, _ in self.state().doomed}
        for name in self._batch_collections(catalog):
            for condition in _strays(catalog, doomed):
                self.connection.delete(name, condition)

    # Writing

    @contextmanager
    def change(self, former: Catalog) -> Iterator["Change"]:
        """Begin a change of the library as it is now; it counts at the end, or never."""
        with self.connection.writing, self.claim.hold():
            state = self._recover(self.state())
            change = Change(self, state, self.catalog(former))
            try:
                yield change
                change.finish()
            except BaseException:
                with suppress(StoreError):  # the next one that writes tries again
                    self._recover(self.state())
                raise

    def save(self, state: State) -> None:
        """Write what counts, unless another process may have begun to write."""
        self.claim.renew()
        value = json.dumps({"format": FORMAT, **asdict(state)})
        self.connection.upsert(self._records, [make_row(STATE, "state", value)])

    def write_version(self, version: Version) -> None:
        """Write a version; it counts with its change."""
        kind = "version" if version.content else "gone"
        rows = pack_rows(kind, version.number, encode_version(version), quoted(version.article_id))
        self.connection.insert(self._versions, rows)

    def write_piece(self, kind: str, batch: int, text: str) -> None:
        """Write a text of an article."""
        self.connection.insert(self._pieces, pack_rows(kind, batch, text))

    def _recover(self, state: State) -> State:
        """Take away what a change left that never counted, and what one that does count left undone."""
        if state.begun > state.finished:
            self.claim.renew()  # or what was begun may be another's
            self.connection.delete(self._versions, f"batch > {state.finished}")
            for name in self._batch_collections(state):
                self.connection.delete(name, f"batch >= {content_batch(state.finished + 1)}")
            state = replace(state, begun=state.finished)
            self.save(state)
        return self.sweep(state)

    def sweep(self, state: State) -> State:
        """Delete the batches that no version has named for a while."""
        left = tuple(one for one in state.doomed[-MOST_DOOMED:] if one[1] > time.time() - GRACE_S)
        due = [batch for batch, _ in state.doomed if batch not in dict(left)]
        if not due:
            return state
        for name in self._batch_collections(state):
            self.connection.delete(name, f"batch in {due}")
        state = replace(state, doomed=left)
        self.save(state)
        return state

    def _batch_collections(self, held: State | Catalog) -> list[str]:
        passages = [self.passages_name(held.era)] if held.dimension else []
        return [self._pieces, *passages]

    def forget_version(self, version: Version) -> None:
        """Delete a version that a later one has taken the place of."""
        condition = f'batch == {version.number} and owner == "{quoted(version.article_id)}"'
        self.connection.delete(self._versions, condition)

    def drop_former_passages(self) -> None:
        """Drop the passages of other recipes."""
        kept = self.passages_name(self.state().era)
        for name in self.connection.names():
            if name.startswith(f"{self._library}_passages_") and name != kept:
                self.connection.drop(name)


class Change:
    """A change while it is written: its number, the catalog before it, and its versions."""

    def __init__(self, journal: Journal, state: State, before: Catalog) -> None:
        self.before = before
        self._journal = journal
        self._state = state
        self._made_with = (state.recipe, state.dimension)
        self._versions: dict[str, Version] = {}

    @property
    def number(self) -> int:
        """Give the number of the change."""
        return self._state.finished + 1

    def begin(self) -> None:
        """Say that rows of it are written from now on.

        Raises:
            StoreError: another process may have begun to write.
        """
        self._journal.claim.renew()
        if self._state.begun != self.number:
            self._state = replace(self._state, begun=self.number)
            self._journal.save(self._state)

    def write(self, version: Version) -> None:
        """Have an article be another from this change on."""
        self._versions[version.article_id] = replace(version, number=self.number)

    def remove(self, article_id: str) -> None:
        """Have an article be no more from this change on."""
        if article_id in self.before.versions:
            self.write(Version(self.number, article_id))

    def make_with(self, recipe: Recipe | None, dimension: int | None = None) -> None:
        """Have passages be made with a recipe, and their vectors be of a dimension."""
        self._made_with = (recipe, dimension)

    def finish(self) -> None:
        """Write the versions, have the change count, and clear away what it takes the place of."""
        before, (recipe, dimension) = self._state, self._made_with
        if not self._versions and (recipe, dimension) == (before.recipe, before.dimension):
            return
        self.begin()
        for version in self._versions.values():
            self._journal.write_version(version)
        former = [self.before.versions[one] for one in self._versions if one in self.before.versions]
        named = {batch for version in self._versions.values() for batch in version.batches}
        left = {batch for version in former for batch in version.batches} - named
        doomed = (*self._state.doomed, *((batch, time.time()) for batch in sorted(left)))
        self._state = replace(
            self._state, finished=self.number, doomed=doomed, recipe=recipe, dimension=dimension
        )
        if recipe != before.recipe:
            self._state = replace(self._state, era=self.number)
        self._journal.save(self._state)  # from here on it counts
        for version in former:
            self._journal.forget_version(version)


def _strays(catalog: Catalog, doomed: set[int]) -> Iterator[str]:
    """Give conditions for the rows up to a catalog's moment that it does not name."""
    named = sorted(doomed.union(*(version.batches for version in catalog.versions.values())))
    end, at = content_batch(catalog.generation + 1), 0
    for start in range(0, end, WINDOW):
        until = min(start + WINDOW, end)
        held = named[at : (at := bisect_left(named, until, at))]
        yield f"batch >= {start} and batch < {until}" + (f" and batch not in {held}" if held else "")


def content_batch(number: int) -> int:
    """Give the batch of the articles that a change writes."""
    return 2 * number


def made_batch(number: int) -> int:
    """Give the batch of the passages and words that a change writes."""
    return 2 * number + 1

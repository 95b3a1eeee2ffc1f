"""One Milvus, server or Lite file; the only door to pymilvus. Its errors become the line a user needs."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import grpc
from pymilvus import AnnSearchRequest, DataType, MilvusClient, WeightedRanker
from pymilvus.client.types import LoadState
from pymilvus.exceptions import MilvusException

from index import milvus_lite
from ingest.errors import UnusableIndex

# It logs to standard error what it raises anyway, with a traceback.
logging.getLogger("pymilvus").setLevel(logging.CRITICAL)

# Seconds until a server is said not to answer: to connect, and for one request.
_CONNECTING = 5.0
_ANSWERING = 60.0
_MOST_ROWS = 16_384  # what one query may return
_ROWS_A_MESSAGE = 500  # about 2 MB of chunks; a message may have 64 MB
_IDS_A_FILTER = 4_000
Row = dict[str, Any]
Kind = Literal["key", "sought", "number", "text", "terms", "digests", "weights", "vector"]

_TYPES: dict[Kind, dict[str, Any]] = {
    "key": {"datatype": DataType.INT64, "is_primary": True},
    "sought": {"datatype": DataType.INT64},
    "number": {"datatype": DataType.INT64},
    "text": {"datatype": DataType.VARCHAR, "max_length": 65_535},
    "terms": {"datatype": DataType.ARRAY, "element_type": DataType.INT32, "max_capacity": 4_096},
    "digests": {"datatype": DataType.ARRAY, "element_type": DataType.INT64, "max_capacity": 4_096},
    "weights": {"datatype": DataType.SPARSE_FLOAT_VECTOR},
    "vector": {"datatype": DataType.FLOAT_VECTOR},
}
_INDEXES: dict[Kind, dict[str, Any]] = {
    "sought": {"index_type": "INVERTED"},
    "terms": {"index_type": "INVERTED"},
    "digests": {"index_type": "INVERTED"},
    "weights": {"index_type": "SPARSE_INVERTED_INDEX", "metric_type": "IP"},
    "vector": {"index_type": "AUTOINDEX", "metric_type": "IP"},
}
_ARRAYS = ("terms", "digests")


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a collection; "key" is its primary one, "sought" a number that filters ask for.

    :param dimension: of a "vector"
    """

    name: str
    kind: Kind
    dimension: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """One of the rankings that a hybrid search fuses: the vector to look for in a field, and its weight."""

    field: str
    vector: Any
    weight: float


class Server:
    """A connection that every thread may use."""

    def __init__(self, where: str, client: MilvusClient) -> None:
        self.where = where
        self._client: MilvusClient | None = client
        self._lite = milvus_lite.is_file(where)
        self.writing = milvus_lite.writer(where)

    @classmethod
    def open(cls, where: str) -> Server:
        """Connect to `http://host:19530[/database]`, or open the Milvus Lite file of that path.

        :raises UnusableIndex: nothing answers there, or the file cannot be opened
        """
        lite = milvus_lite.is_file(where)
        try:
            if lite:
                milvus_lite.hold(where)
            else:
                _create_database(where)
            return cls(where, MilvusClient(where, timeout=_CONNECTING))
        except (MilvusException, grpc.RpcError, OSError) as error:
            if lite:
                milvus_lite.release(where)
                hint = "他のプロセスが使っていないか、書き込める場所か、古い形式でないかを確かめてください"
                raise UnusableIndex(where, "Milvus Lite のファイルを開けません", hint) from error
            raise UnusableIndex(
                _public(where),
                f"Milvus につながりません（{_first_line(error)}）",
                "サーバーが動いているか、アドレスと認証を確かめてください",
            ) from error

    @property
    def place(self) -> str:
        """Where it is, as it may be shown."""
        return _public(self.where)

    def close(self) -> None:
        """Let go of the connection; the last to close a Milvus Lite file leaves it to other processes."""
        client, self._client = self._client, None
        if client is None:
            return
        with suppress(MilvusException, grpc.RpcError, ValueError):
            client.close()
        if self._lite:
            milvus_lite.release(self.where)

    @contextmanager
    def _asking(self) -> Iterator[MilvusClient]:
        """:raises UnusableIndex: in place of whatever the client raises"""
        if self._client is None:
            raise UnusableIndex(self.place, "索引は閉じられています", "開き直してください")
        try:
            yield self._client
        except (MilvusException, grpc.RpcError, ValueError) as error:
            raise UnusableIndex(
                self.place,
                f"Milvus が応じません（{_first_line(error)}）",
                "サーバーの状態を確かめ、もう一度実行してください",
            ) from error

    def has(self, collection: str) -> bool:
        """Whether there is such a collection, ready to be asked."""
        with self._asking() as client:
            return bool(client.get_load_state(collection, timeout=_ANSWERING)["state"] == LoadState.Loaded)

    def create(self, collection: str, fields: Sequence[Field]) -> None:
        """Create a collection, indexed and loaded, as far as another process has not."""
        schema = MilvusClient.create_schema(auto_id=False)
        for field in fields:
            size = {"dim": field.dimension} if field.kind == "vector" else {}
            schema.add_field(field.name, **_TYPES[field.kind], **size)
        with self._asking() as client:
            with suppress(MilvusException):  # another process was faster, or died before the next step
                client.create_collection(
                    collection, schema=schema, consistency_level="Strong", timeout=_ANSWERING
                )
            there = set(client.list_indexes(collection, timeout=_ANSWERING))
            lite = "lite" in str(client.get_server_version(timeout=_ANSWERING))
            for field in fields:
                # Lite has no index over arrays; it looks through them.
                if field.kind not in _INDEXES or field.name in there or (lite and field.kind in _ARRAYS):
                    continue
                index = MilvusClient.prepare_index_params()
                index.add_index(field.name, index_name=field.name, **_INDEXES[field.kind])
                # Nor need we wait: loading does, and it says which one is missing.
                with suppress(MilvusException):
                    client.create_index(collection, index, timeout=_ANSWERING, sync=False)
            client.load_collection(collection, timeout=_ANSWERING)

    def drop(self, collection: str) -> None:
        """Delete a collection and all in it."""
        with self._asking() as client:
            client.drop_collection(collection, timeout=_ANSWERING)

    def insert(self, collection: str, rows: Sequence[Row]) -> None:
        """Write new rows."""
        with self._asking() as client:
            for first in range(0, len(rows), _ROWS_A_MESSAGE):
                batch = list(rows[first : first + _ROWS_A_MESSAGE])
                client.insert(collection, batch, timeout=_ANSWERING)

    def upsert(self, collection: str, rows: Sequence[Row]) -> None:
        """Write rows, each in place of the one with its key; all of them with one message."""
        if rows:
            with self._asking() as client:
                client.upsert(collection, list(rows), timeout=_ANSWERING)

    def delete(self, collection: str, field: str, values: Collection[int]) -> None:
        """Delete the rows whose field has one of these values."""
        with self._asking() as client:
            for chosen in _parts(values):
                client.delete(collection, filter=within(field, chosen), timeout=_ANSWERING)

    def count(self, collection: str, which: str = "") -> int:
        """How many rows there are, or for how many the filter holds."""
        with self._asking() as client:
            found = client.query(collection, filter=which, output_fields=["count(*)"], timeout=_ANSWERING)
            return int(found[0]["count(*)"])

    def rows(self, collection: str, fields: Sequence[str], field: str, values: Collection[int]) -> list[Row]:
        """The rows whose field has one of these values, in no order."""
        found: list[Row] = []
        with self._asking() as client:
            for chosen in _parts(values):
                found += client.query(
                    collection,
                    filter=within(field, chosen),
                    output_fields=list(fields),
                    limit=_MOST_ROWS,
                    timeout=_ANSWERING,
                )
        return found

    def all(self, collection: str, fields: Sequence[str], which: str = "") -> list[Row]:
        """Every row, or those for which the filter holds, in no order, however many."""
        found: list[Row] = []
        with self._asking() as client:
            rows = client.query_iterator(
                collection, filter=which, batch_size=1_000, output_fields=list(fields), timeout=_ANSWERING
            )
            try:
                while batch := rows.next():
                    found += batch
            finally:
                rows.close()
        return found

    def search(
        self, collection: str, sides: Sequence[Side], which: str, limit: int, fields: Sequence[str]
    ) -> list[Row]:
        """The best rows by the weighted sum of the sides' inner products, best first, fused on the server."""
        with self._asking() as client:
            if len(sides) == 1:
                found = client.search(
                    collection,
                    data=[sides[0].vector],
                    anns_field=sides[0].field,
                    filter=which,
                    limit=limit,
                    output_fields=list(fields),
                    search_params={"metric_type": "IP"},
                    timeout=_ANSWERING,
                )
            else:
                total = sum(side.weight for side in sides)
                requests = [
                    AnnSearchRequest(
                        [side.vector], side.field, {"metric_type": "IP"}, limit, expr=which or None
                    )
                    for side in sides
                ]
                found = client.hybrid_search(
                    collection,
                    requests,
                    # Milvus takes weights from 0 to 1; only their ratio ranks.
                    WeightedRanker(*(side.weight / total for side in sides), norm_score=False),
                    limit=limit,
                    output_fields=list(fields),
                    timeout=_ANSWERING,
                )
            return [dict(hit["entity"]) for hit in found[0]]


def within(field: str, values: Collection[int]) -> str:
    """The filter that a field has one of these values."""
    return f"{field} in [{', '.join(map(str, values))}]"


def holds(field: str, value: int) -> str:
    """The filter that an array has this value among others."""
    return f"array_contains({field}, {value})"


def _parts(values: Collection[int]) -> Iterator[list[int]]:
    listed = list(values)
    for first in range(0, len(listed), _IDS_A_FILTER):
        yield listed[first : first + _IDS_A_FILTER]


def _create_database(where: str) -> None:
    """Make the database that an address names, if it names one that is not there."""
    address = urlsplit(where)
    name = address.path.strip("/").split("/")[0]
    if name:
        client = MilvusClient(address._replace(path="").geturl(), timeout=_CONNECTING)
        try:
            if name not in client.list_databases(timeout=_CONNECTING):
                with suppress(MilvusException):  # another process was faster; or connecting to it says why
                    client.create_database(name, timeout=_CONNECTING)
        finally:
            client.close()


def _public(where: str) -> str:
    """An address as it may be shown: without the password in it."""
    if "://" not in where:
        return where
    address = urlsplit(where)
    return address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()


def _first_line(error: Exception) -> str:
    said: Mapping[str, Any] | str = getattr(error, "message", "") or str(error)
    return (str(said).strip().splitlines() or [type(error).__name__])[0][:200]

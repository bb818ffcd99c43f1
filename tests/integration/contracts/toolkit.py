"""A small client for contract tests: calls, transactions, reverts and logs by name."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from eth_abi.abi import decode, encode
from eth_utils.abi import collapse_if_tuple
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

if TYPE_CHECKING:
    from collections.abc import Iterable

GAS = 16_000_000
ETHER = 10**18
ZERO = "0x" + "00" * 20

AbiEntry = dict[str, Any]


class Reverted(Exception):
    """A transaction that failed; ``name`` and ``args`` of its custom error."""

    def __init__(self, name: str, values: tuple[Any, ...]) -> None:
        super().__init__(f"{name}{values}")
        self.name = name
        self.values = values


@dataclass(frozen=True)
class Log:
    address: str
    name: str
    args: dict[str, Any]


@dataclass(frozen=True)
class Receipt:
    gas_used: int
    fee: int
    block: int
    logs: list[Log]
    contract: str

    def named(self, name: str) -> list[dict[str, Any]]:
        """The arguments of all logs of a name, in order."""
        return [log.args for log in self.logs if log.name == name]


def address_of(name: str) -> str:
    return to_checksum_address(keccak(text=f"account {name}")[:20])


def types_of(inputs: Iterable[AbiEntry]) -> list[str]:
    return [collapse_if_tuple(item) for item in inputs]


def signature(entry: AbiEntry) -> str:
    return f"{entry['name']}({','.join(types_of(entry['inputs']))})"


def tidy(kind: str, value: Any) -> Any:  # noqa: ANN401 - whatever the ABI says
    """Addresses checksummed, also inside of arrays and structs."""
    if kind == "address":
        return to_checksum_address(value)
    if kind == "address[]":
        return tuple(to_checksum_address(item) for item in value)
    return value


@dataclass
class Abi:
    """Errors and events of all contracts, since a call meets those of several."""

    errors: dict[bytes, AbiEntry] = field(default_factory=dict)
    events: dict[bytes, AbiEntry] = field(default_factory=dict)

    def add(self, entries: Iterable[AbiEntry]) -> None:
        for entry in entries:
            if entry["type"] == "error":
                self.errors[keccak(text=signature(entry))[:4]] = entry
            elif entry["type"] == "event":
                self.events[keccak(text=signature(entry))] = entry

    def error(self, data: bytes) -> Reverted:
        entry = self.errors.get(data[:4])
        if entry is None:
            return Reverted("0x" + data[:4].hex(), ())
        kinds = types_of(entry["inputs"])
        values = zip(kinds, decode(kinds, data[4:]), strict=True)
        return Reverted(entry["name"], tuple(tidy(kind, value) for kind, value in values))

    def log(self, raw: dict[str, Any]) -> Log:
        entry = self.events[bytes.fromhex(raw["topics"][0][2:])]
        topics = iter(raw["topics"][1:])
        plain = [item for item in entry["inputs"] if not item["indexed"]]
        data = iter(decode(types_of(plain), bytes.fromhex(raw["data"][2:])))
        args = {}
        for item in entry["inputs"]:
            if item["indexed"]:
                (value,) = decode([item["type"]], bytes.fromhex(next(topics)[2:]))
            else:
                value = next(data)
            args[item["name"]] = tidy(item["type"], value)
        return Log(to_checksum_address(raw["address"]), entry["name"], args)


class Chain:
    """JSON-RPC to a development node whose accounts are all unlocked."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self._connection = HTTPConnection(self._host, timeout=60)
        self.abi = Abi()
        self.id = int(self.rpc("eth_chainId"), 16)

    def close(self) -> None:
        self._connection.close()

    def rpc(self, method: str, *params: Any) -> Any:  # noqa: ANN401 - JSON
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        self._connection.request("POST", "/", body, {"content-type": "application/json"})
        answer = json.loads(self._connection.getresponse().read())
        if "error" in answer:
            fault = answer["error"]
            if str(fault.get("data", "")).startswith("0x"):
                raise self.abi.error(bytes.fromhex(fault["data"][2:]))
            raise RuntimeError(f"{method}: {fault}")
        return answer["result"]

    def now(self) -> int:
        return int(self.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def warp(self, to: int) -> None:
        """Make a block of this time; the next one is one second later."""
        self.rpc("evm_setNextBlockTimestamp", to)
        self.rpc("evm_mine")

    def fund(self, account: str, wei: int = 1000 * ETHER) -> None:
        self.rpc("anvil_setBalance", account, hex(wei))

    def balance(self, account: str) -> int:
        return int(self.rpc("eth_getBalance", account, "latest"), 16)

    def code(self, account: str) -> bytes:
        return bytes.fromhex(self.rpc("eth_getCode", account, "latest")[2:])

    def send(
        self, sender: str, to: str | None, data: bytes, *, value: int = 0, gas: int = GAS
    ) -> Receipt:
        call = {"from": sender, "data": "0x" + data.hex(), "value": hex(value), "gas": hex(gas)}
        if to is not None:
            call["to"] = to
        sent = self.rpc("eth_sendTransaction", call)
        raw = self._receipt(sent)
        if raw["status"] != "0x1":
            trace = self.rpc("debug_traceTransaction", sent, {"tracer": "callTracer"})
            raise self.abi.error(bytes.fromhex(trace.get("output", "0x")[2:]))
        used = int(raw["gasUsed"], 16)
        return Receipt(
            gas_used=used,
            fee=used * int(raw["effectiveGasPrice"], 16),
            block=int(raw["blockNumber"], 16),
            logs=[self.abi.log(log) for log in raw["logs"]],
            contract=raw["contractAddress"] or "",
        )

    def _receipt(self, sent: str) -> dict[str, Any]:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            raw: dict[str, Any] | None = self.rpc("eth_getTransactionReceipt", sent)
            if raw is not None:
                return raw
        raise RuntimeError("no receipt")


class Contract:
    """A contract at an address."""

    def __init__(self, chain: Chain, address: str, entries: Iterable[AbiEntry]) -> None:
        self.chain = chain
        self.address = to_checksum_address(address)
        self.entries = list(entries)
        self._functions: dict[str, AbiEntry] = {}
        for entry in self.entries:
            if entry["type"] == "function":
                self._functions.setdefault(entry["name"], entry)
                self._functions[signature(entry)] = entry

    def data(self, name: str, *args: Any) -> bytes:  # noqa: ANN401 - whatever the ABI says
        entry = self._functions[name]
        return keccak(text=signature(entry))[:4] + encode(types_of(entry["inputs"]), args)

    def read(self, name: str, *args: Any, sender: str = ZERO) -> Any:  # noqa: ANN401 - as above
        """Call; the one value, or a tuple of several."""
        kinds = types_of(self._functions[name]["outputs"])
        call = {"from": sender, "to": self.address, "data": "0x" + self.data(name, *args).hex()}
        result = bytes.fromhex(self.chain.rpc("eth_call", call, "latest")[2:])
        values = tuple(map(tidy, kinds, decode(kinds, result)))
        return values[0] if len(values) == 1 else values

    def send(
        self,
        sender: str,
        name: str,
        *args: Any,  # noqa: ANN401 - whatever the ABI says
        value: int = 0,
        gas: int = GAS,
    ) -> Receipt:
        data = self.data(name, *args)
        return self.chain.send(sender, self.address, data, value=value, gas=gas)

    def refusal(
        self,
        sender: str,
        name: str,
        *args: Any,  # noqa: ANN401 - whatever the ABI says
        value: int = 0,
    ) -> tuple[Any, ...]:
        """Send what must fail; the custom error's name and values."""
        try:
            self.send(sender, name, *args, value=value)
        except Reverted as error:
            return (error.name, *error.values)
        raise AssertionError(f"{name}{args} went through")

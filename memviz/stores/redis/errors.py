"""What a server's errors mean to the user, decided in this one place."""

from __future__ import annotations

from redis import exceptions

from memviz.core.errors import KnownError
from memviz.stores.redis.keys import PREFIX

#: What an error reply begins with -> sentence about the server ``{where}``. redis-py takes some of them off.
_SENTENCES = {
    "NOAUTH": "{where} wants a password; give it in the address (redis://:password@host/NAME) or in REDISCLI_AUTH.",
    "WRONGPASS": "{where} refuses this user or password; check them in the address.",
    "NOPERM": "{where} does not allow this user what a memory needs ({reply}); ask who runs it.",
    "READONLY": "{where} is a replica that cannot be written; open the memory on its primary to edit it.",
    "OOM": "The memory of {where} is full (OOM), nothing was changed; raise its “maxmemory” or free some.",
    "LOADING": "{where} is still loading its data; try again in a moment.",
    "BUSY": "{where} is busy with a script of another program; try again in a moment.",
    "CLUSTERDOWN": "The cluster of {where} is down: a node is lost that has no replica; bring it back, then try again.",
    "TRYAGAIN": "The cluster of {where} is being rearranged; try again in a moment.",
    "MASTERDOWN": "{where} is a replica that has lost its primary; try again when that is back.",
    "NOREPLICAS": "{where} lacks the replicas without which it takes no edits; bring them back, then try again.",
    "MISCONF": "{where} cannot write to its disk and takes no edits; free some space there, then try again.",
    "WRONGTYPE": "{where} holds something else under a key of this memory{key}; rename that key there, or"
    " choose another name for the memory.",
    "DENIED": "{where} is in protected mode and lets in only its own machine; set a password on it.",
    "ERR DB": "{where} has no database with this number; choose a smaller “db”.",
    "ERR INVALID DB": "{where} has no database with this number; choose a smaller “db”.",
    "DB INDEX": "{where} has no database with this number; choose a smaller “db”.",
    "ERR SELECT": "{where} has no database with this number: a cluster has only database 0; leave out “db”.",
    "ERR MAX NUMBER OF CLIENTS": "{where} has too many clients; raise its “maxclients”, or close some.",
    "ERR UNKNOWN COMMAND": "{where} is too old, or lacks a command that a memory needs ({reply});"
    " use Redis 6.2 or newer.",
}

#: redis-py's own classes, whose texts lack the first word.
_KINDS: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.AuthenticationError, "WRONGPASS"),
    (exceptions.NoPermissionError, "NOPERM"),
    (exceptions.ReadOnlyError, "READONLY"),
    (exceptions.OutOfMemoryError, "OOM"),
    (exceptions.BusyLoadingError, "LOADING"),
    (exceptions.ClusterDownError, "CLUSTERDOWN"),
    (exceptions.TryAgainError, "TRYAGAIN"),
    (exceptions.MasterDownError, "MASTERDOWN"),
)


class ServerError(KnownError):
    """What a server answered; ``word`` is what its error begins with."""

    def __init__(self, message: str, word: str = "") -> None:
        super().__init__(message)
        self.word = word


class Unreachable(ServerError):  # noqa: N818 - a state of the world
    """The server does not answer; ``sent`` where a request was under way and may have been done."""

    def __init__(self, message: str, *, sent: bool = False) -> None:
        super().__init__(message)
        self.sent = sent


class Gone(KnownError):  # noqa: N818 - a state of the world
    """The memory is not on its server any more."""


def deleted(name: str, uid: str, server: str, *, anew: bool) -> Gone:
    """The sentence for a memory that was deleted; ``anew``: another one was made under its name."""
    happened = f"The memory “{name}” was deleted from the server {server}"
    shown = "what is shown is this computer’s copy of it, and edits are refused"
    keep = f"to go on with that, open mirrors/{uid}.sqlite of memviz’s data folder"
    if anew:
        return Gone(f"{happened}, and another one is in its place: {shown}; to see the new one, open it again; {keep}.")
    return Gone(f"{happened}: {shown}; {keep}.")


def word_of(error: Exception) -> str:
    """The first word of the server's error, as in :data:`_SENTENCES`; empty for one that is not known."""
    text = str(error).upper()
    if "NOAUTH" in text or "AUTHENTICATION REQUIRED" in text:
        return "NOAUTH"
    for word in _SENTENCES:
        # Errors of scripts come with the script's name before them.
        if text.startswith(word) or f" {word} " in f" {text[:120]} ":
            return word
    return next((word for kind, word in _KINDS if isinstance(error, kind)), "")


def known(error: Exception, where: str, key: str = "") -> ServerError:
    """The sentence for an error that a server replied; ``key``: the only one that the command is about."""
    word = word_of(error)
    reply = str(error).splitlines()[0][:200]
    _, named, rest = str(error).partition(f" at {PREFIX}")  # as our own scripts say it
    key = f"{PREFIX}{rest}" if named else key
    sentence = _SENTENCES.get(word, "{where} refuses what a memory needs: {reply}; ask who runs it.")
    return ServerError(
        _upper(sentence.format(where=f"the server {where}", reply=reply, key=f" (“{key}”)" if key else "")), word
    )


def unreachable(error: Exception, where: str, *, tls: bool, sent: bool = False) -> Unreachable:
    """The sentence for a connection that cannot be made, or was lost."""
    text = str(error)
    if "SSL" in text or "CERTIFICATE" in text.upper():
        return Unreachable(
            f"The server {where} and this computer cannot agree on TLS ({_short(text)});"
            " check rediss:// against redis://, and “ca” in the address.",
            sent=sent,
        )
    advice = "check its address and that it runs"
    if tls and "Timeout" in text:
        advice = "check its address, that it runs, and that it has TLS (else write redis://)"
    elif not tls and ("closed by server" in text or "reset by peer" in text):
        advice = "check that it runs, and whether it wants TLS (then write rediss://)"
    return Unreachable(f"The server {where} does not answer ({_short(text)}); {advice}.", sent=sent)


def _short(text: str) -> str:
    return text.strip().rstrip(".")[:160] or "no words"


def _upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]

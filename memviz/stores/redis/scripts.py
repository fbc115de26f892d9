"""What runs on the server in one piece. Each script does nothing more when it is sent a second time."""

from __future__ import annotations

import hashlib
from typing import Any

from memviz.stores.redis.keys import Keys
from memviz.stores.redis.wire import Command

#: KEYS: head, stream, ids. ARGV: fields of the new head. Makes a memory where nothing is in its place.
_CREATE = """
for _, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind ~= 'none' then return key .. ' ' .. kind end
end
redis.call('HSET', KEYS[1], unpack(ARGV))
redis.call('XDEL', KEYS[2], redis.call('XADD', KEYS[2], '0-1', 'made', '1'))
redis.call('HSET', KEYS[3], '0', '')
return ''
"""

#: Counts events as finished, and ``done`` on to the first that is not. Part of other scripts.
_FINISH = """
local function finish(head, seqs)
  local done = tonumber(redis.call('HGET', head, 'done'))
  for _, seq in ipairs(seqs) do
    if tonumber(seq) > done then redis.call('HSET', head, 'finished:' .. seq, '1') end
  end
  local before = done
  while redis.call('HDEL', head, string.format('finished:%.0f', done + 1)) == 1 do done = done + 1 end
  if done > before then redis.call('HSET', head, 'done', string.format('%.0f', done)) end
  return done
end
"""

#: KEYS: head, stream, ids. ARGV: uid, seq before, token, whether it is finished with this, the load that must still be
#: staged (or empty), then counted lists: fields of the event, of the head, names of settings with their JSON (empty: it
#: goes), pages of ids with their bitmaps.
#: The only commit there is: refused where another event came since ``seq before``. What was committed by an earlier
#: sending of the same token is found, and written again in part, so that a WAIT after it means something.
_COMMIT = (
    _FINISH
    + """
local uid, before, token, finished, staged = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local head = redis.call('HMGET', KEYS[1], 'uid', 'seq', 'token')
if head[1] ~= uid then return {'gone', head[1] and 'anew' or ''} end
local seq = string.format('%.0f', tonumber(before) + 1)
if head[2] ~= before then
  local ours = redis.call('XRANGE', KEYS[2], seq .. '-0', seq .. '-0')[1]
  if ours then
    for at = 1, #ours[2], 2 do
      if ours[2][at] == 'token' and ours[2][at + 1] == token then
        redis.call('HSET', KEYS[1], 'uid', uid)
        return {'done', seq}
      end
    end
  end
  return {'moved', head[2]}
end
if staged ~= '' and redis.call('HEXISTS', KEYS[1], 'staged:' .. staged) == 0 then return {'swept', head[2]} end
local at = 6
local function list()
  local count = tonumber(ARGV[at])
  local values = {}
  for i = 1, count do values[i] = ARGV[at + i] end
  at = at + count + 1
  return values
end
local event, fields, settings, pages = list(), list(), list(), list()
redis.call('HLEN', KEYS[3])
redis.call('XADD', KEYS[2], seq .. '-0', unpack(event))
redis.call('HSET', KEYS[1], 'seq', seq, 'token', token, unpack(fields))
for i = 1, #settings, 2 do
  local name = 'setting:' .. settings[i]
  if settings[i + 1] == '' then redis.call('HDEL', KEYS[1], name)
  else redis.call('HSET', KEYS[1], name, settings[i + 1]) end
end
for i = 1, #pages, 2 do
  if pages[i + 1] == '' and pages[i] ~= '0' then redis.call('HDEL', KEYS[3], pages[i])
  else redis.call('HSET', KEYS[3], pages[i], pages[i + 1]) end
end
if staged ~= '' then redis.call('HDEL', KEYS[1], 'staged:' .. staged) end
if finished == '1' then finish(KEYS[1], {seq}) end
return {'done', seq}
"""
)

#: KEYS: head. ARGV: uid, then events whose entries' hashes are written.
_FINISHED = (
    _FINISH
    + """
if redis.call('HGET', KEYS[1], 'uid') ~= ARGV[1] then return 'gone' end
table.remove(ARGV, 1)
return finish(KEYS[1], ARGV)
"""
)

#: The error for a key that something else has: another kind, or a hash without the field that all of ours have. Part of
#: other scripts.
_FOREIGN = """
local function foreign(key)
  local kind = redis.call('TYPE', key).ok
  if kind == 'none' or (kind == 'hash' and redis.call('HEXISTS', key, 'seq') == 1) then return nil end
  return redis.error_reply('WRONGTYPE ' .. kind .. ' at ' .. key)
end
"""

#: KEYS: entry. An error where something else has its key.
_FREE = _FOREIGN + "return foreign(KEYS[1]) or 'free'"

#: KEYS: entry, gone, and where they can share a script the head. ARGV: uid, event, id, then the entry's fields; none
#: for one that is deleted. Never overwrites what a newer event wrote, a deletion included, nor another memory's.
_PUT = (
    _FOREIGN
    + """
if KEYS[3] and redis.call('HGET', KEYS[3], 'uid') ~= ARGV[1] then return 'gone' end
local theirs = foreign(KEYS[1])
if theirs then return theirs end
local seq = tonumber(ARGV[2])
local known = redis.call('HGET', KEYS[1], 'seq') or redis.call('HGET', KEYS[2], ARGV[3])
if known and tonumber(known) > seq then return 'newer' end
redis.call('DEL', KEYS[1])
if #ARGV == 3 then
  redis.call('HSET', KEYS[2], ARGV[3], ARGV[2])
else
  redis.call('HSET', KEYS[1], 'seq', ARGV[2], unpack(ARGV, 4))
  redis.call('HDEL', KEYS[2], ARGV[3])
end
return 'put'
"""
)

#: KEYS: entry, and where they can share a script the head. ARGV: uid, then the fields of an entry of a load.
_STAGE = (
    _FOREIGN
    + """
if KEYS[2] and redis.call('HGET', KEYS[2], 'uid') ~= ARGV[1] then return 'gone' end
local theirs = foreign(KEYS[1])
if theirs then return theirs end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'seq', '0', unpack(ARGV, 2))
return 'put'
"""
)

#: KEYS: entry. Removes what a load has laid down and no event made seen.
_UNSTAGE = """
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' or redis.call('HGET', KEYS[1], 'seq') ~= '0' then return 0 end
return redis.call('DEL', KEYS[1])
"""

#: KEYS: head. ARGV: uid, load, value, and whether it begins. A load is alive; ``swept`` where it was taken for dead.
_HEARD = """
local name = 'staged:' .. ARGV[2]
if redis.call('HGET', KEYS[1], 'uid') ~= ARGV[1] then return 'gone' end
if ARGV[4] ~= '1' and redis.call('HEXISTS', KEYS[1], name) == 0 then return 'swept' end
redis.call('HSET', KEYS[1], name, ARGV[3])
return 'alive'
"""

#: KEYS: vectors. ARGV: buckets of spaces. A new stamp, which they get; without any, only a new stamp.
_TOUCH = """
local stamp = redis.call('ZINCRBY', KEYS[1], 1, 'stamp')
for _, bucket in ipairs(ARGV) do redis.call('ZADD', KEYS[1], stamp, bucket) end
return stamp
"""


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


#: SHA-1 of a script -> its text, for a node that does not know it yet.
TEXTS = {_sha(text): text for text in (_CREATE, _COMMIT, _FINISHED, _FREE, _PUT, _STAGE, _UNSTAGE, _HEARD, _TOUCH)}


def create(keys: Keys, fields: list[Any]) -> Command:
    """Replies with an empty text, or with the key that is taken and what lies there."""
    return ("EVALSHA", _sha(_CREATE), len(keys.of_head), *keys.of_head, *fields)


def commit(
    keys: Keys,
    *,
    uid: str,
    before: int,
    token: str,
    finished: bool,
    event: list[Any],
    head: list[Any],
    pages: list[Any],
    settings: list[Any],
    staged: str,
) -> Command:
    """Replies ``done`` and the event's number, ``moved`` and the newest one's, ``swept`` or ``gone``."""
    lists = [value for values in (event, head, settings, pages) for value in (len(values), *values)]
    return (
        "EVALSHA",
        _sha(_COMMIT),
        len(keys.of_head),
        *keys.of_head,
        uid,
        before,
        token,
        int(finished),
        staged,
        *lists,
    )


def finished(keys: Keys, uid: str, seqs: list[int]) -> Command:
    """Replies up to which event all hashes are written, or ``gone``."""
    return ("EVALSHA", _sha(_FINISHED), 1, keys.head, uid, *seqs)


def free(keys: Keys, entry_id: int) -> Command:
    """Replies ``free``, or an error that names the key where something else has it."""
    return ("EVALSHA", _sha(_FREE), 1, keys.entry(entry_id))


def unstage(keys: Keys, entry_id: int) -> Command:
    return ("EVALSHA", _sha(_UNSTAGE), 1, keys.entry(entry_id))


def put(keys: Keys, uid: str, entry_id: int, seq: int, fields: list[Any], *, with_head: bool) -> Command:
    """``fields``: the entry's, empty where it was deleted; ``with_head``: it may look at the head: not in a cluster.

    Replies ``put``, ``newer``, ``gone`` where the memory is another one, or an error as ``free``.
    """
    names = (keys.entry(entry_id), keys.gone(entry_id), *((keys.head,) if with_head else ()))
    return ("EVALSHA", _sha(_PUT), len(names), *names, uid, seq, entry_id, *fields)


def stage(keys: Keys, uid: str, entry_id: int, fields: list[Any], *, with_head: bool) -> Command:
    """Writes an entry of a load that is not committed yet: its id is taken and nobody else's. Replies as ``put``."""
    names = (keys.entry(entry_id), *((keys.head,) if with_head else ()))
    return ("EVALSHA", _sha(_STAGE), len(names), *names, uid, *fields)


def heard(keys: Keys, uid: str, token: str, value: str, *, begins: bool = False) -> Command:
    """Replies ``alive``, ``swept``, or ``gone`` where the memory is another one."""
    return ("EVALSHA", _sha(_HEARD), 1, keys.head, uid, token, value, int(begins))


def touch(keys: Keys, buckets: list[str]) -> Command:
    """Replies with the new stamp."""
    return ("EVALSHA", _sha(_TOUCH), 1, keys.vectors, *buckets)

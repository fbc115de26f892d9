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
if head[1] ~= uid then return {'gone', '0'} end
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

#: KEYS: head. ARGV: events whose entries' hashes are written.
_FINISHED = _FINISH + "return finish(KEYS[1], ARGV)"

#: KEYS: entry, gone. ARGV: event, id, then the entry's fields; none for one that is deleted.
#: Never overwrites what a newer event wrote, a deletion included.
_PUT = """
local seq = tonumber(ARGV[1])
local known = redis.call('HGET', KEYS[1], 'seq') or redis.call('HGET', KEYS[2], ARGV[2])
if known and tonumber(known) > seq then return 0 end
redis.call('DEL', KEYS[1])
if #ARGV == 2 then
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
else
  redis.call('HSET', KEYS[1], 'seq', ARGV[1], unpack(ARGV, 3))
  redis.call('HDEL', KEYS[2], ARGV[2])
end
return 1
"""


#: KEYS: head. ARGV: load, value. A load is still alive; 0 where it was taken for dead.
_HEARD = """
local name = 'staged:' .. ARGV[1]
if redis.call('HEXISTS', KEYS[1], name) == 0 then return 0 end
redis.call('HSET', KEYS[1], name, ARGV[2])
return 1
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
TEXTS = {_sha(text): text for text in (_CREATE, _COMMIT, _FINISHED, _PUT, _HEARD, _TOUCH)}


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


def finished(keys: Keys, seqs: list[int]) -> Command:
    """Replies up to which event all hashes are written."""
    return ("EVALSHA", _sha(_FINISHED), 1, keys.head, *seqs)


def put(keys: Keys, entry_id: int, seq: int, fields: list[Any]) -> Command:
    """``fields``: the entry's, empty where it was deleted."""
    return ("EVALSHA", _sha(_PUT), 2, keys.entry(entry_id), keys.gone(entry_id), seq, entry_id, *fields)


def heard(keys: Keys, token: str, value: str) -> Command:
    return ("EVALSHA", _sha(_HEARD), 1, keys.head, token, value)


def touch(keys: Keys, buckets: list[str]) -> Command:
    """Replies with the new stamp."""
    return ("EVALSHA", _sha(_TOUCH), 1, keys.vectors, *buckets)

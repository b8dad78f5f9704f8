"""What happens to Redis in one step: Lua scripts, which the server runs one at a time.

Keys, all behind the store's prefix:

    secret                  what tokens are signed with
    count                   goes up with each question
    age                     sorted set: conversations, by the time (s) of their last question
    live                    sorted set: runs being written, by when (ms) to look for their writer
    unused                  sorted set: files that no message uses, by the time (s) they came
    o:<owner>               sorted set: the visitor's conversations, by the last question's count
    of:<owner>              set: the visitor's files, as <conversation> <file>
    c:<conversation>        hash: owner, title, updated_at (s), n (messages so far), live (a run)
    c:<conversation>:order  sorted set: messages, by n
    c:<conversation>:said   hash: messages as JSON
    c:<conversation>:asked  hash: user messages, each with what tells whether another asks the same
    c:<conversation>:runs   hash: the last run for `q:<question>` and for `p:<replaced answer>`
    c:<conversation>:all    set: all runs
    c:<conversation>:files  set: all files
    r:<run>                 hash: the record's fields, writer, beat, read (ms), stop, and once it is
                            over: finished (ms), entries; cut: entries when it was first taken over
    l:<run>                 stream: the log; entry n has the id <n + 1>-0
    gone:<run>              it was deleted while it was live: kept for an hour, for its writer
    f:<conversation>:<file> hash: owner, name, media_type, size, data, message (that uses it)

Times are Redis's own (https://redis.io/docs/latest/commands/time/), so that no two hosts have to
agree on one. That clock may be set, too, and another takes its place when a replica does: so a time
that has come is only a reason to look, and nobody is taken for gone whose beat is seen to move.
"""

from chatwidget.stores.base import FORGOTTEN_AT_ONCE

UNKNOWN = -3
"""What `APPEND` and `FINISH` return where nothing is known of the run."""

_COMMON = """
local P = ARGV[1]
local call = redis.call
local function now()
  local t = call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local function log_length(run) return call('XLEN', P .. 'l:' .. run) end
local function add(run, first, at)
  local have = log_length(run)
  if first > have then return have end
  for i = at, #ARGV do
    local n = first + i - at
    if n >= have then call('XADD', P .. 'l:' .. run, (n + 1) .. '-0', 'e', ARGV[i]) end
  end
  return -1
end
local function is_writer(run, writer)
  local r = P .. 'r:' .. run
  return call('HGET', r, 'writer') == writer and call('HEXISTS', r, 'finished') == 0
end
local function not_the_writers(run)
  -- Deleted, or another's by now; or a Redis without its data.
  local known = call('EXISTS', P .. 'r:' .. run, P .. 'gone:' .. run) > 0
  return known and -2 or -3
end
local function drop_file(conv, file)
  local key = P .. 'f:' .. conv .. ':' .. file
  local owner = call('HGET', key, 'owner')
  call('DEL', key)
  call('SREM', P .. 'c:' .. conv .. ':files', file)
  call('ZREM', P .. 'unused', conv .. ' ' .. file)
  if owner then call('SREM', P .. 'of:' .. owner, conv .. ' ' .. file) end
end
"""

_FORGET = """
local function forget(conv)
  local c = P .. 'c:' .. conv
  for _, run in ipairs(call('SMEMBERS', c .. ':all')) do
    call('DEL', P .. 'r:' .. run, P .. 'l:' .. run)
    call('ZREM', P .. 'live', run)
  end
  for _, file in ipairs(call('SMEMBERS', c .. ':files')) do drop_file(conv, file) end
  local owner = call('HGET', c, 'owner')
  if owner then call('ZREM', P .. 'o:' .. owner, conv) end
  call('ZREM', P .. 'age', conv)
  for _, name in ipairs({'', ':order', ':said', ':asked', ':runs', ':all', ':files'}) do
    call('UNLINK', c .. name)
  end
end
"""

_BEGIN = (
    f"local at_once = {FORGOTTEN_AT_ONCE}\n"
    + """
local conv, run, owner, message, replaces, writer = unpack(ARGV, 2, 7)
local hold, seconds, question, json, asks, title, continues, old = unpack(ARGV, 8, 15)
local c = P .. 'c:' .. conv
local function part(name) return c .. ':' .. name end
local known = call('HGET', c, 'owner')
if known and known ~= owner then return {'not_found'} end
if not known and question == '' then return {'not_found'} end
local live = call('HGET', c, 'live')

local found
if continues == '1' then
  local r = live and call('HMGET', P .. 'r:' .. live, 'continues', 'message_id')
  if r and r[1] == '1' and r[2] == message then return {'found', live} end
elseif question ~= '' then
  if call('HGET', part('asked'), question) == asks then
    found = call('HGET', part('runs'), 'q:' .. question)
  end
elseif replaces == '' or (live and call('HGET', P .. 'r:' .. live, 'question_id') == replaces) then
  if live and call('HGET', P .. 'r:' .. live, 'replaces') ~= '' then found = live end
else
  found = call('HGET', part('runs'), 'p:' .. replaces)
end
if found and (found == live
    or call('ZSCORE', part('order'), call('HGET', P .. 'r:' .. found, 'message_id') or '')) then
  return {'found', found}
end
if live then return {'busy'} end

for i = 16, #ARGV do
  if call('HGET', P .. 'f:' .. conv .. ':' .. ARGV[i], 'owner') ~= owner then
    return {'file_gone'}
  end
end

local function drop(from)
  for _, id in ipairs(call('ZRANGEBYSCORE', part('order'), from, '+inf')) do
    call('ZREM', part('order'), id)
    call('HDEL', part('said'), id)
    call('HDEL', part('asked'), id)
    for _, file in ipairs(call('SMEMBERS', part('files'))) do
      local key = P .. 'f:' .. conv .. ':' .. file
      if call('HGET', key, 'message') == id then
        call('HDEL', key, 'message')
        call('ZADD', P .. 'unused', call('HGET', key, 'at'), conv .. ' ' .. file)
      end
    end
  end
end

if continues == '1' then
  local at = call('ZSCORE', part('order'), message)
  if not at then return {'not_found'} end
  if call('HEXISTS', part('asked'), message) == 1
      or call('ZRANGE', part('order'), -1, -1)[1] ~= message then
    return {'not_last'}
  end
  question = call('ZREVRANGEBYSCORE', part('order'), '(' .. at, '-inf', 'LIMIT', 0, 1)[1] or ''
elseif question ~= '' then
  local at = call('ZSCORE', part('order'), question)
  if at then
    if call('HEXISTS', part('asked'), question) == 0 then return {'invalid'} end
    drop(at)
  end
  if not known then call('HSET', c, 'owner', owner, 'title', title) end
  call('ZADD', part('order'), call('HINCRBY', c, 'n', 1), question)
  call('HSET', part('said'), question, json)
  call('HSET', part('asked'), question, asks)
  for i = 16, #ARGV do
    local key = P .. 'f:' .. conv .. ':' .. ARGV[i]
    call('HSETNX', key, 'message', question)
    call('ZREM', P .. 'unused', conv .. ' ' .. ARGV[i])
  end
else
  local named = replaces
  if named == '' then named = call('ZRANGE', part('order'), -1, -1)[1] end
  local at = named and call('ZSCORE', part('order'), named)
  if not at then return {'not_found'} end
  local dropped
  if call('HEXISTS', part('asked'), named) == 1 then
    question = named
    dropped = call('ZRANGEBYSCORE', part('order'), '(' .. at, '+inf', 'LIMIT', 0, 1)[1]
  else
    dropped = named
    question = call('ZREVRANGEBYSCORE', part('order'), '(' .. at, '-inf', 'LIMIT', 0, 1)[1]
    if not question or call('HEXISTS', part('asked'), question) == 0 then return {'not_found'} end
  end
  drop('(' .. call('ZSCORE', part('order'), question))
  replaces = dropped or ''
  if dropped then call('HSET', part('runs'), 'p:' .. dropped, run) end
end

call('HSET', part('runs'), 'q:' .. question, run)
call('SADD', part('all'), run)
call('HSET', P .. 'r:' .. run, 'conversation_id', conv, 'owner', owner, 'message_id', message,
     'question_id', question, 'replaces', replaces, 'continues', continues, 'writer', writer)
call('HSET', c, 'live', run, 'updated_at', seconds)
call('ZADD', P .. 'live', now() + hold, run)
call('ZADD', P .. 'o:' .. owner, call('INCR', P .. 'count'), conv)
call('ZADD', P .. 'age', seconds, conv)
for _, each in ipairs(call('ZRANGEBYSCORE', P .. 'age', '-inf', old, 'LIMIT', 0, at_once)) do
  if call('HEXISTS', P .. 'c:' .. each, 'live') == 0 then forget(each) end
end
local function of(name) return call('HGET', part(name), question) or '' end
return {'begun', question, replaces, of('said'), of('asked'), call('HGET', c, 'title')}
"""
)

BEGIN = _COMMON + _FORGET + _BEGIN
"""Prefix, conversation, run, owner, answer, replaces ('' for none), writer, hold (ms), now (s),
question ('' for none), its JSON, what it asks, title, continues ('1' or '0'), the time (s) of a
last question by which a conversation is forgotten, files…
See `Store.begin`. Returns with `begun`: question, replaces, its JSON, what it asks, title."""

RESTORE = (
    _COMMON
    + _FORGET
    + """
if is_writer(ARGV[3], ARGV[7]) then return {'begun'} end
if not_the_writers(ARGV[3]) == -2 then return {'lost'} end
"""
    + _BEGIN
)
"""What `BEGIN` is given, for a run that was begun before: makes it anew where Redis has lost it."""

APPEND = (
    _COMMON
    + """
local run, writer, first = ARGV[2], ARGV[3], tonumber(ARGV[4])
if not is_writer(run, writer) then return not_the_writers(run) end
return add(run, first, 5)
"""
)
"""Prefix, run, writer, number of the first entry, entries… Returns -1 when they are there, -2 where
the run is not the writer's, -3 where nothing is known of it, or how many entries there are, if some
before the first are missing."""

FINISH = (
    _COMMON
    + """
local run, writer, message, json = unpack(ARGV, 2, 5)
local retention, first = tonumber(ARGV[6]), tonumber(ARGV[7])
local r = P .. 'r:' .. run
if call('HGET', r, 'writer') ~= writer then return not_the_writers(run) end
-- Its writer asks once more: what it was told the first time was lost on the way.
if call('HEXISTS', r, 'finished') == 1 then return -1 end
local missing = add(run, first, 8)
if missing >= 0 then return missing end
local c = P .. 'c:' .. call('HGET', r, 'conversation_id')
call('ZADD', c .. ':order', 'NX', call('HINCRBY', c, 'n', 1), message)
call('HSET', c .. ':said', message, json)
call('HDEL', c, 'live')
call('ZREM', P .. 'live', run)
call('HSET', r, 'finished', now(), 'entries', log_length(run))
call('PEXPIRE', P .. 'l:' .. run, retention)
return -1
"""
)
"""Prefix, run, writer, answer, its JSON, retention (ms), number of the first entry, entries…
Returns what `APPEND` does."""

RENEW = (
    _COMMON
    + """
local writer, hold, lately, told = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), {}
for i = 5, #ARGV do
  local r = P .. 'r:' .. ARGV[i]
  if is_writer(ARGV[i], writer) then
    call('ZADD', P .. 'live', now() + hold, ARGV[i])
    call('HINCRBY', r, 'beat', 1)
    local read = tonumber(call('HGET', r, 'read') or 0)
    told[#told + 1] = {ARGV[i], call('HEXISTS', r, 'stop'), now() - read < lately and 1 or 0}
  end
end
return told
"""
)
"""Prefix, writer, hold (ms), how long a sign of a reader counts (ms), runs…
Returns run, stop, read for each that is still the writer's."""

LAPSED = (
    _COMMON
    + """
local latest, all = now() + ARGV[2], {}
-- The clock was set back: these would not be looked at for as long as it was.
for _, run in ipairs(call('ZRANGEBYSCORE', P .. 'live', '(' .. latest, '+inf', 'LIMIT', 0, 1000)) do
  call('ZADD', P .. 'live', latest, run)
end
for _, run in ipairs(call('ZRANGEBYSCORE', P .. 'live', '-inf', now(), 'LIMIT', 0, 1000)) do
  local writer, beat = unpack(call('HMGET', P .. 'r:' .. run, 'writer', 'beat'))
  if writer then
    all[#all + 1] = {run, beat or '0', writer == '' and 1 or 0}
  else
    call('ZREM', P .. 'live', run)
  end
end
return all
"""
)
"""Prefix, hold (ms). Returns run, beat, and whether it was left to anyone, of those to look at."""

TAKE = (
    _COMMON
    + """
local writer, hold, all = ARGV[2], tonumber(ARGV[3]), {}
for i = 4, #ARGV, 2 do
  local run, r = ARGV[i], P .. 'r:' .. ARGV[i]
  if call('ZSCORE', P .. 'live', run) and (call('HGET', r, 'beat') or '0') == ARGV[i + 1] then
    call('HSET', r, 'writer', writer)
    call('HSETNX', r, 'cut', log_length(run))
    call('HINCRBY', r, 'beat', 1)
    call('ZADD', P .. 'live', now() + hold, run)
    all[#all + 1] = run
  end
end
return all
"""
)
"""Prefix, writer, hold (ms), run, beat, run, beat… Returns the runs that are the writer's from now
on: those whose beat is still this one."""

RELEASE = (
    _COMMON
    + """
for i = 3, #ARGV do
  local r = P .. 'r:' .. ARGV[i]
  if is_writer(ARGV[i], ARGV[2]) then
    call('HSET', r, 'writer', '')
    call('ZADD', P .. 'live', 0, ARGV[i])
  end
end
"""
)
"""Prefix, writer, runs…: left to anyone."""

MARK = (
    _COMMON
    + """
for i = 3, #ARGV do
  local r = P .. 'r:' .. ARGV[i]
  if call('EXISTS', r) == 1 and call('HEXISTS', r, 'finished') == 0 then
    call('HSET', r, ARGV[2], now())
  end
end
"""
)
"""Prefix, field, runs…: writes the time (ms) into a field of runs that are live."""

SET_IF_THERE = (
    _COMMON
    + """
if call('EXISTS', P .. ARGV[2]) == 1 then call('HSET', P .. ARGV[2], ARGV[3], ARGV[4]) end
"""
)
"""Prefix, key of a hash, field, value."""

JUDGE = (
    _COMMON
    + """
local said = P .. 'c:' .. ARGV[2] .. ':said'
if call('HGET', said, ARGV[3]) ~= ARGV[4] then return 0 end
call('HSET', said, ARGV[3], ARGV[5])
return 1
"""
)
"""Prefix, conversation, message, its JSON as it was read, its JSON as it is to be."""

DELETE = (
    _COMMON
    + _FORGET
    + """
local live = call('HGET', P .. 'c:' .. ARGV[2], 'live')
if live then call('SET', P .. 'gone:' .. live, '', 'EX', 3600) end
forget(ARGV[2])
"""
)
"""Prefix, conversation."""

PUT_FILE = (
    _COMMON
    + """
local conv, file, owner, name, media_type = unpack(ARGV, 2, 6)
local size, room, seconds, old, data = unpack(ARGV, 7, 11)
local known = call('HGET', P .. 'c:' .. conv, 'owner')
if known and known ~= owner then return 'not_found' end
for _, each in ipairs(call('ZRANGEBYSCORE', P .. 'unused', '-inf', old, 'LIMIT', 0, 100)) do
  drop_file(string.match(each, '^(%S+) (%S+)$'))
end
local key = P .. 'f:' .. conv .. ':' .. file
if call('EXISTS', key) == 1 then
  call('HSET', key, 'at', seconds)
  if call('HEXISTS', key, 'message') == 0 then
    call('ZADD', P .. 'unused', seconds, conv .. ' ' .. file)
  end
  return 'kept'
end
local here, unsent = 0, 0
for _, each in ipairs(call('SMEMBERS', P .. 'of:' .. owner)) do
  local place, id = string.match(each, '^(%S+) (%S+)$')
  local f = call('HMGET', P .. 'f:' .. place .. ':' .. id, 'size', 'message')
  local bytes = tonumber(f[1] or 0)
  if place == conv then here = here + bytes end
  if not f[2] then unsent = unsent + bytes end
end
if math.max(here, unsent) + tonumber(size) > tonumber(room) then return 'no_room' end
call('HSET', key, 'owner', owner, 'name', name, 'media_type', media_type, 'size', size,
     'at', seconds, 'data', data)
call('SADD', P .. 'c:' .. conv .. ':files', file)
call('SADD', P .. 'of:' .. owner, conv .. ' ' .. file)
call('ZADD', P .. 'unused', seconds, conv .. ' ' .. file)
return 'kept'
"""
)
"""Prefix, conversation, file, owner, name, media type, size, room, now (s), the time before which
an unused file is old (s), content. See `Store.put_file`."""

/**
 * Lua shared by the scripts that write `{oc}:events`; one entry has the fields type, agent, name, replica, detail and,
 * where it is about one, model.
 * FleetEvent's `at` is the time in the entry's id.
 */
export const APPEND_EVENT = `
local function append_event(stream, kind, agent, name, replica, detail, model)
  redis.call('XADD', stream, '*', 'type', kind, 'agent', agent, 'name', name or '', 'replica', replica, 'detail', detail or '',
    'model', model or '')
end
local function display_name(hash, fallback)
  local names = redis.call('HMGET', hash, 'operator_name', 'machine_name')
  return names[1] or names[2] or fallback
end
`;

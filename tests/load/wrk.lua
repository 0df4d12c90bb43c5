-- Posts realistic message_new bodies (0.7-2 KB), each with an event id and a message number of its own.
local head, tail, path
local run = tostring(os.time()) .. tostring(math.random(1, 1000000))
local threads = 0

function setup(thread)
   thread:set("id", threads)
   threads = threads + 1
end

function init(args)
   path, secret, group = args[1], args[2], args[3]
   count = 0
   math.randomseed(os.time() + id)
   wrk.method = "POST"
   wrk.headers["Content-Type"] = "application/json"
   texts = {}
   for size = 1, 8 do texts[size] = string.rep("Здравствуйте! Где мой заказ 1187? ", size) end
end

function request()
   count = count + 1
   local event = string.format("%s-%d-%d", args_run or "r", id, count)
   local user = 1 + (count * 7919 + id) % 5000
   local body = string.format(
      '{"type":"message_new","event_id":"%s-%s","v":"5.199","group_id":%s,"secret":"%s","object":{"message":{' ..
      '"id":%d,"conversation_message_id":%d,"version":10005531,"date":1795341600,"peer_id":%d,"from_id":%d,' ..
      '"out":0,"random_id":0,"text":"%s","attachments":[],"fwd_messages":[],"important":false,"is_hidden":false},' ..
      '"client_info":{"button_actions":["text","vkpay","open_app","location","open_link","open_photo","callback"],' ..
      '"keyboard":true,"inline_keyboard":true,"carousel":true,"lang_id":0}}}',
      run, event, group, secret, count, 1 + math.floor((count - 1) / 5000), user, user, texts[1 + count % 8])
   return wrk.format(nil, path, nil, body)
end

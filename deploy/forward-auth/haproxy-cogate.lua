-- Asks cogate whether a request may pass, with HAProxy's own HTTP client. Whatever is not 200 ends the request here.
local function first(headers, name)
  local values = headers[name]
  return values and values[0]
end

local passed_on = { "www-authenticate", "cogate-login", "location", "set-cookie", "content-type", "cache-control",
  "retry-after", "x-request-id" }
-- Every identity header of the preset.
local identity = { "x-forwarded-user", "x-forwarded-groups", "x-forwarded-email", "x-forwarded-preferred-username",
  "x-cognito-sub", "x-cognito-client-id", "x-cognito-scope", "x-cognito-token-use", "x-cognito-user-pool-id" }
-- Beginnings of names from which some services take their path: nobody would have decided on it.
local path_names = { "x-original-", "x-rewrite-", "x-override-url", "x-http-destinationurl", "x-waws-unencoded-url",
  "x-envoy-original-" }
-- Of a connection, or of a body that is not sent.
local left_out = { "host", "connection", "upgrade", "keep-alive", "te", "expect", "content-length", "transfer-encoding" }

local function question(txn)
  local headers = {}
  for name, values in pairs(txn.http:req_get_headers()) do
    local list = {}
    for index = 0, #values do list[index + 1] = values[index] end
    headers[name] = list
  end
  for _, name in ipairs(left_out) do headers[name] = nil end
  headers["x-forwarded-method"] = { txn.f:method() }
  headers["x-forwarded-uri"] = { txn.f:pathq() }
  headers["x-forwarded-host"] = { first(txn.http:req_get_headers(), "host") or "" }
  return headers
end

local function refuse(txn, response)
  local reply = txn:reply()
  local status = response and response.status or 0
  -- 2xx other than 200, and an answer that did not come, let nobody in.
  reply:set_status((status >= 300) and status or 502)
  for _, name in ipairs(passed_on) do
    local values = response and response.headers and response.headers[name]
    if values then
      for index = 0, #values do reply:add_header(name, values[index]) end
    end
  end
  reply:set_body(response and response.body or "")
  txn:done(reply)
end

-- CGI, WSGI, Rack and PHP programs read `X_Forwarded_User` as the same header.
local function is_foreign(name)
  local canonical = name:lower():gsub("[^%w]", "-")
  for _, known in ipairs(identity) do
    if canonical == known then return true end
  end
  for _, start in ipairs(path_names) do
    if canonical:sub(1, #start) == start then return true end
  end
  return false
end

core.register_action("cogate", { "http-req" }, function(txn, url)
  for name in pairs(txn.http:req_get_headers()) do
    if is_foreign(name) then txn.http:req_del_header(name) end
  end
  local response = core.httpclient():get{ url = url, headers = question(txn), timeout = 2000 }
  if not response or response.status ~= 200 then
    refuse(txn, response)
    return
  end
  for _, name in ipairs(identity) do
    local value = first(response.headers, name)
    if value and value ~= "" then txn.http:req_set_header(name, value) end
  end
end, 1)

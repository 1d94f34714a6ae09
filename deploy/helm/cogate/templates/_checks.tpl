{{/* What would render and not work. Prints nothing; fails with what to change. */}}
{{- define "cogate.checks" -}}
{{- $values := include "cogate.values" . | fromJson }}
{{- $config := include "cogate.config" . | fromJson }}
{{- if not (get $config "userPools") }}{{ fail "config.userPools is needed: [{ id: …, clientIds: […] }]" }}{{ end }}
{{- $upstream := get $config "upstream" }}
{{- $url := "" }}
{{- if kindIs "string" $upstream }}{{ $url = $upstream }}{{ else if $upstream }}{{ $url = get $upstream "url" }}{{ end }}
{{- if not $url }}{{ fail "config.upstream is needed: the address of the service" }}{{ end }}
{{- if and (eq $values.mode "gateway") (regexMatch "^(unix:|https?://(localhost|127\\.|\\[::1\\]))" $url) }}
{{- fail (printf "config.upstream is %s, but in the mode gateway the service is in another pod: http://SERVICE.NAMESPACE:PORT" $url) }}
{{- end }}
{{- if and $values.existingSecret.name (not $values.existingSecret.keys) }}
{{- fail "existingSecret.keys is needed beside existingSecret.name: which keys of the Secret hold what" }}
{{- end }}
{{- if and $values.existingSecret.keys (not $values.existingSecret.name) }}
{{- fail "existingSecret.name is needed beside existingSecret.keys" }}
{{- end }}
{{- if and $values.networkPolicy.service (not $values.networkPolicy.enabled) }}
{{- fail "networkPolicy.service needs networkPolicy.enabled" }}
{{- end }}
{{- include "cogate.checkTiming" . }}
{{- end }}

{{/* Of `1.5m` 90000; fails for what is no duration. */}}
{{- define "cogate.milliseconds" -}}
{{- $text := toString . }}
{{- if not (regexMatch "^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$" $text) }}{{ fail (printf "%s is no duration, such as 5s" $text) }}{{ end }}
{{- $unit := regexFind "[a-z]+$" $text }}
{{- $factor := get (dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 "d" 86400000) $unit }}
{{- mulf (float64 (trimSuffix $unit $text)) $factor | ceil }}
{{- end }}

{{- define "cogate.checkTiming" -}}
{{- $values := include "cogate.values" . | fromJson }}
{{- $drain := get (include "cogate.config" . | fromJson) "drain" | default dict }}
{{- /* The defaults of cogate; a test compares them with the option table. */}}
{{- $delay := include "cogate.milliseconds" (get $drain "delay" | default "5s") }}
{{- $timeout := include "cogate.milliseconds" (get $drain "timeout" | default "20s") }}
{{- $sum := addf (mulf (float64 $values.preStopSeconds) 1000) (float64 $delay) (float64 $timeout) }}
{{- $grace := mulf (float64 $values.terminationGracePeriodSeconds) 1000 }}
{{- if ge $sum $grace }}
{{- fail (printf "preStopSeconds + drain.delay + drain.timeout is %vs, which must be below terminationGracePeriodSeconds (%vs): open requests would be cut" (divf $sum 1000) (divf $grace 1000)) }}
{{- end }}
{{- end }}

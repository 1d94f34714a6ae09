{{/*
The configuration as cogate reads it, as JSON: the values, what the chart itself knows, and no more. An empty list or a key
without a value stays as it is, so that the gate refuses it.
*/}}
{{- define "cogate.config" -}}
{{- $values := include "cogate.values" . | fromJson }}
{{- $config := $values.config | default dict }}
{{- if $values.tls.existingSecret }}
{{- if hasKey $config "tls" }}{{ fail "set tls.existingSecret or config.tls, not both" }}{{ end }}
{{- $tls := dict "certFile" "/etc/cogate/tls/tls.crt" "keyFile" "/etc/cogate/tls/tls.key" }}
{{- with $values.tls.clientCaKey }}{{ $_ := set $tls "clientCaFile" (printf "/etc/cogate/tls/%s" .) }}{{ end }}
{{- $_ := set $config "tls" $tls }}
{{- else if $values.tls.clientCaKey }}{{ fail "tls.clientCaKey needs tls.existingSecret" }}
{{- end }}
{{- if and (eq $values.mode "sidecar") $values.sidecar.native }}
{{- /* A native sidecar gets SIGTERM when the application is gone: there is nothing to wait for. */}}
{{- $drain := get $config "drain" | default dict }}
{{- if not (hasKey $drain "delay") }}{{ $_ := set $drain "delay" "0s" }}{{ end }}
{{- if not (hasKey $drain "timeout") }}{{ $_ := set $drain "timeout" "10s" }}{{ end }}
{{- $_ := set $config "drain" $drain }}
{{- end }}
{{- toJson $config }}
{{- end }}

{{/* What the ConfigMap holds; the checksum in the pod makes a changed configuration a new rollout. */}}
{{- define "cogate.configText" -}}
{{ include "cogate.config" . | fromJson | toYaml }}
{{- end }}

{{- define "cogate.checksum" -}}
{{ include "cogate.configText" . | sha256sum }}
{{- end }}

{{- define "cogate.annotations" -}}
checksum/cogate: {{ include "cogate.checksum" . }}
{{- end }}

{{/* The port of an address: (dict "address" … "default" "8181" "key" "config.listen"). Probes and callers come from outside. */}}
{{- define "cogate.port" -}}
{{- $address := .address | default (printf "0.0.0.0:%s" .default) }}
{{- $port := regexFind "[0-9]+$" $address }}
{{- if regexMatch "^(localhost|127\\.|\\[::1\\])" $address }}{{ fail (printf "%s is %s, which nobody outside the container reaches" .key $address) }}{{ end }}
{{- if eq (int $port) 0 }}{{ fail (printf "%s is %s: the chart needs a fixed port" .key $address) }}{{ end }}
{{- $port }}
{{- end }}

{{- define "cogate.trafficPort" -}}
{{- $config := include "cogate.config" . | fromJson }}
{{- include "cogate.port" (dict "address" (get $config "listen") "default" "8181" "key" "config.listen") }}
{{- end }}

{{- define "cogate.opsPort" -}}
{{- $config := include "cogate.config" . | fromJson }}
{{- $ops := get $config "ops" | default dict }}
{{- include "cogate.port" (dict "address" (get $ops "listen") "default" "9464" "key" "config.ops.listen") }}
{{- end }}

{{/* `tls` when the traffic listener speaks TLS. */}}
{{- define "cogate.scheme" -}}
{{- $config := include "cogate.config" . | fromJson }}
{{- if hasKey (get $config "tls" | default dict) "certFile" }}https{{ else }}http{{ end }}
{{- end }}

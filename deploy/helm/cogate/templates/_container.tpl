{{/* What every container of cogate has, whatever its probes. */}}
{{- define "cogate.containerBase" -}}
{{- $values := include "cogate.values" . | fromJson -}}
image: {{ include "cogate.image" . | quote }}
imagePullPolicy: {{ $values.image.pullPolicy | quote }}
env:
  - { name: COGATE_CONFIG, value: /etc/cogate/config/cogate.yaml }
  {{- range $key := keys $values.existingSecret.keys | sortAlpha }}
  - name: COGATE_{{ regexReplaceAll "([a-z0-9])([A-Z])" $key "${1}_${2}" | replace "." "_" | upper }}_FILE
    value: {{ printf "/etc/cogate/secrets/%s" $key | quote }}
  {{- end }}
  {{- with $values.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
volumeMounts:
  - { name: cogate-config, mountPath: /etc/cogate/config, readOnly: true }
  {{- if $values.existingSecret.name }}
  - { name: cogate-secrets, mountPath: /etc/cogate/secrets, readOnly: true }
  {{- end }}
  {{- if $values.tls.existingSecret }}
  - { name: cogate-tls, mountPath: /etc/cogate/tls, readOnly: true }
  {{- end }}
  {{- with $values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
resources:
  {{- toYaml $values.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  capabilities: { drop: [ALL] }
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  runAsUser: {{ int $values.runAsUser }}
  runAsGroup: {{ int $values.runAsGroup }}
  seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "cogate.containerBody" -}}
{{- include "cogate.checks" . }}
{{- include "cogate.containerBase" . }}
ports:
  - { name: http, containerPort: {{ include "cogate.trafficPort" . }} }
  - { name: ops, containerPort: {{ include "cogate.opsPort" . }} }
# On /livez, not on /readyz: while Cognito cannot be reached the gate waits, and is not restarted for it.
startupProbe:
  httpGet: { path: /livez, port: ops }
  periodSeconds: 1
  failureThreshold: 30
livenessProbe:
  httpGet: { path: /livez, port: ops }
  periodSeconds: 10
readinessProbe:
  httpGet: { path: /readyz, port: ops }
  periodSeconds: 5
{{- end }}

{{/* One item of initContainers: {{ include "cogate.sidecar" . | nindent 8 }} */}}
{{- define "cogate.sidecar" -}}
{{- $values := include "cogate.values" . | fromJson }}
{{- include "cogate.isSidecar" . }}
{{- if not $values.sidecar.native }}{{ fail "sidecar.native is false: include cogate.container in containers instead of cogate.sidecar" }}{{ end }}
{{- if semverCompare "<1.29.0-0" .Capabilities.KubeVersion.Version }}
{{- fail (printf "Kubernetes %s has no native sidecars: set sidecar.native to false and include cogate.container in containers" .Capabilities.KubeVersion.Version) }}
{{- end -}}
- name: cogate
  restartPolicy: Always
  {{- include "cogate.containerBody" . | nindent 2 }}
{{- end }}

{{/* One item of containers, for clusters without native sidecars. */}}
{{- define "cogate.container" -}}
{{- $values := include "cogate.values" . | fromJson }}
{{- include "cogate.isSidecar" . }}
{{- if $values.sidecar.native }}{{ fail "sidecar.native is true: include cogate.sidecar in initContainers instead of cogate.container" }}{{ end -}}
- name: cogate
  {{- include "cogate.containerBody" . | nindent 2 }}
{{- end }}

{{- define "cogate.isSidecar" -}}
{{- if ne (include "cogate.values" . | fromJson).mode "sidecar" }}{{ fail "set mode to sidecar: the mode gateway has a pod of its own" }}{{ end }}
{{- end }}

{{/* Items of volumes, beside every container of cogate. */}}
{{- define "cogate.volumes" -}}
{{- $values := include "cogate.values" . | fromJson -}}
- name: cogate-config
  configMap: { name: {{ include "cogate.fullname" . | quote }} }
{{- if $values.existingSecret.name }}
- name: cogate-secrets
  secret:
    secretName: {{ $values.existingSecret.name | quote }}
    items:
      {{- range $key := keys $values.existingSecret.keys | sortAlpha }}
      - { key: {{ get $values.existingSecret.keys $key | quote }}, path: {{ $key | quote }} }
      {{- end }}
{{- end }}
{{- if $values.tls.existingSecret }}
- name: cogate-tls
  secret: { secretName: {{ $values.tls.existingSecret | quote }} }
{{- end }}
{{- with $values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Of a pod that holds nothing but cogate. */}}
{{- define "cogate.podSecurityContext" -}}
{{- $own := dict "runAsNonRoot" true "seccompProfile" (dict "type" "RuntimeDefault") }}
{{- toYaml (mergeOverwrite (deepCopy .Values.podSecurityContext) $own) }}
{{- end }}

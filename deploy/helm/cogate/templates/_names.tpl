{{/* The values of this chart, from its own templates and from those of a chart that has it as a dependency. */}}
{{- define "cogate.values" -}}
{{- if hasKey .Values "cogate" }}{{ toJson .Values.cogate }}{{ else }}{{ toJson .Values }}{{ end }}
{{- end }}

{{/* In a parent chart .Chart is the parent, so the version stands here too. A test compares it with Chart.yaml. */}}
{{- define "cogate.version" -}}
0.1.0
{{- end }}

{{- define "cogate.name" -}}
{{- $values := include "cogate.values" . | fromJson }}
{{- $values.nameOverride | default "cogate" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "cogate.fullname" -}}
{{- $values := include "cogate.values" . | fromJson }}
{{- $name := include "cogate.name" . }}
{{- if $values.fullnameOverride }}
{{- $values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "cogate.selector" -}}
app.kubernetes.io/name: {{ include "cogate.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: gateway
{{- end }}

{{- define "cogate.checkSelector" -}}
app.kubernetes.io/name: {{ include "cogate.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: check
{{- end }}

{{- define "cogate.commonLabels" -}}
{{- $values := include "cogate.values" . | fromJson }}
{{- with $values.commonLabels }}{{ toYaml . }}
{{ end -}}
app.kubernetes.io/name: {{ include "cogate.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ include "cogate.version" . | quote }}
app.kubernetes.io/part-of: cogate
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "cogate-%s" (include "cogate.version" .) }}
{{- end }}

{{- define "cogate.labels" -}}
{{ include "cogate.commonLabels" . }}
app.kubernetes.io/component: gateway
{{- end }}

{{- define "cogate.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "cogate.fullname" .) }}
{{- else }}{{ required "serviceAccount.name is needed when serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "cogate.image" -}}
{{- $image := (include "cogate.values" . | fromJson).image }}
{{- $repository := required "image.repository is needed: where you pushed the image of cogate" $image.repository }}
{{- if $image.digest }}{{ $repository }}@{{ $image.digest }}
{{- else }}{{ $repository }}:{{ $image.tag | default (include "cogate.version" .) }}
{{- end }}
{{- end }}

{{- define "cogate.servicePort" -}}
{{- if and (eq (int .Values.service.port) 80) (eq (include "cogate.scheme" .) "https") }}443{{ else }}{{ int .Values.service.port }}{{ end }}
{{- end }}

{{/*
The Services in front of a service. A canary has one for each side, and Traefik weighs them; a blue-green release has one
that users see and one to look at first.
*/}}
{{- define "bookverse-service.services" -}}
{{- if not .stages }}
{{- include "bookverse-service.port" (dict "of" . "name" .name) }}
{{- else if .service.blueGreen }}
{{- include "bookverse-service.port" (dict "of" . "name" (printf "%s-active" .name)) }}
---
{{ include "bookverse-service.port" (dict "of" . "name" (printf "%s-preview" .name)) }}
{{- else }}
{{- include "bookverse-service.port" (dict "of" . "name" (printf "%s-stable" .name)) }}
---
{{ include "bookverse-service.port" (dict "of" . "name" (printf "%s-canary" .name)) }}
---
apiVersion: traefik.io/v1alpha1
kind: TraefikService
metadata:
  name: {{ .name }}
  labels: {{- include "bookverse-service.labels" . | nindent 4 }}
spec:
  weighted:
    services:
      - name: {{ .name }}-stable
        port: 80
      - name: {{ .name }}-canary
        port: 80
{{- end }}
{{- end }}

{{- define "bookverse-service.port" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  labels: {{- include "bookverse-service.labels" .of | nindent 4 }}
spec:
  selector: {{- include "bookverse-service.selector" .of | nindent 4 }}
  ports:
    - name: http
      port: 80
      targetPort: {{ .of.service.port }}
{{- end }}

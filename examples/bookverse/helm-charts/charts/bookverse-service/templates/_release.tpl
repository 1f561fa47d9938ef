{{/*
A release in steps: the Rollout of a service, and the analysis that judges its new version.
*/}}
{{- define "bookverse-service.release" -}}
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata:
  name: {{ .name }}
  labels: {{- include "bookverse-service.labels" . | nindent 4 }}
spec:
  {{- if not .service.autoscaling }}
  replicas: {{ .service.replicas }}
  {{- end }}
  selector:
    matchLabels: {{- include "bookverse-service.selector" . | nindent 6 }}
  strategy:
    {{- if .service.blueGreen }}
    {{- include "bookverse-service.blue-green" . | nindent 4 }}
    {{- else }}
    {{- include "bookverse-service.canary" . | nindent 4 }}
    {{- end }}
  template: {{- include "bookverse-service.pod" . | nindent 4 }}
---
{{ include "bookverse-service.analysis" . }}
{{- end }}

{{- define "bookverse-service.canary" -}}
{{- $pause := .pause | default "10m" -}}
canary:
  maxSurge: 25%
  maxUnavailable: 0
  stableService: {{ .name }}-stable
  canaryService: {{ .name }}-canary
  trafficRouting:
    traefik:
      weightedTraefikServiceName: {{ .name }}
  analysis:
    startingStep: 2
    templates:
      - templateName: {{ .name }}-success-rate
    args:
      - name: service-name
        value: {{ .name }}
  steps:
    {{- range splitList "," .stages }}
    - setWeight: {{ trim . }}
    {{- if ne (trim .) "100" }}
    - pause: {duration: {{ $pause }}}
    {{- end }}
    {{- end }}
{{- end }}

{{- define "bookverse-service.blue-green" -}}
blueGreen:
  activeService: {{ .name }}-active
  previewService: {{ .name }}-preview
  autoPromotionEnabled: false
  scaleDownDelaySeconds: 30
  {{- range $when, $side := dict "prePromotionAnalysis" "preview" "postPromotionAnalysis" "active" }}
  {{ $when }}:
    templates:
      - templateName: {{ $.name }}-success-rate
    args:
      - name: service-name
        value: {{ $.name }}-{{ $side }}
  {{- end }}
{{- end }}

{{- define "bookverse-service.analysis" -}}
{{- $interval := .interval | default "1m" -}}
{{- $prometheus := .global.prometheus | default "http://prometheus.monitoring.svc.cluster.local:9090" -}}
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: {{ .name }}-success-rate
  labels: {{- include "bookverse-service.labels" . | nindent 4 }}
spec:
  args:
    - name: service-name
  metrics:
    - name: success-rate
      interval: {{ $interval }}
      count: 5
      successCondition: result[0] >= 0.95
      provider:
        prometheus:
          address: {{ $prometheus }}
          query: |
            sum(rate(http_requests_total{job="{{ "{{args.service-name}}" }}",status!~"5.."}[5m])) /
            sum(rate(http_requests_total{job="{{ "{{args.service-name}}" }}"}[5m]))
    - name: avg-response-time
      interval: {{ $interval }}
      count: 5
      successCondition: result[0] <= 0.5
      provider:
        prometheus:
          address: {{ $prometheus }}
          query: |
            histogram_quantile(0.95,
              sum(rate(http_request_duration_seconds_bucket{job="{{ "{{args.service-name}}" }}"}[5m])) by (le)
            )
{{- end }}

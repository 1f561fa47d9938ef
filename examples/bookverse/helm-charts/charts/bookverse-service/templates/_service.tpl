{{/*
All objects of one service. Called with a dict:
  root      the chart's own context
  name      the service's name, which all its objects have
  service   its values
  stages    weights of a canary, as text "5,25,50"; empty for a plain Deployment
  pause     how long a canary stays at each weight, 10m where nothing is said
  interval  how often its analysis measures, 1m where nothing is said
*/}}
{{- define "bookverse-service.all" -}}
{{- $global := .root.Values.global | default dict -}}
{{- $with := merge (dict "global" $global) . -}}
{{ include "bookverse-service.account" $with }}
---
{{ include "bookverse-service.services" $with }}
---
{{- if .stages }}
{{ include "bookverse-service.release" $with }}
{{- else }}
{{ include "bookverse-service.deployment" $with }}
{{- end }}
{{- if .service.autoscaling }}
---
{{ include "bookverse-service.autoscaler" $with }}
{{- end }}
{{- if gt (int .service.replicas) 1 }}
---
{{ include "bookverse-service.budget" $with }}
{{- end }}
{{- end }}

{{- define "bookverse-service.selector" -}}
app: {{ .name }}
{{- end }}

{{- define "bookverse-service.labels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/part-of: bookverse-platform
app.kubernetes.io/version: {{ .global.imageTag | default .root.Chart.Version | quote }}
environment: {{ .global.environment | default "none" }}
{{- end }}

{{- define "bookverse-service.image" -}}
{{- $own := printf "%s/%s" (.global.registry | default "bookverse") (trimPrefix "bookverse-" .name) -}}
{{ .global.image | default $own }}:{{ .global.imageTag | default .root.Chart.Version }}
{{- end }}

{{- define "bookverse-service.account" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  labels: {{- include "bookverse-service.labels" . | nindent 4 }}
{{- end }}

{{- define "bookverse-service.pod" -}}
metadata:
  {{- with .service.podAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
  labels:
    {{- include "bookverse-service.selector" . | nindent 4 }}
    {{- include "bookverse-service.labels" . | nindent 4 }}
spec:
  serviceAccountName: {{ .name }}
  containers:
    - name: {{ .name }}
      image: {{ include "bookverse-service.image" . }}
      ports:
        - containerPort: {{ .service.port }}
      env:
        - name: ENVIRONMENT
          value: {{ .global.environment | default "none" | quote }}
        {{- with .global.database }}
        - name: DATABASE_TYPE
          value: {{ .type | quote }}
        {{- end }}
        {{- range $name, $value := .service.env }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
      readinessProbe:
        httpGet:
          path: /
          port: {{ .service.port }}
        periodSeconds: 5
      # Routers and proxies hear a moment later than the pod that it goes.
      lifecycle:
        preStop:
          sleep:
            seconds: 5
      {{- with .service.resources }}
      resources: {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}

{{- define "bookverse-service.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .name }}
  labels: {{- include "bookverse-service.labels" . | nindent 4 }}
spec:
  {{- if not .service.autoscaling }}
  replicas: {{ .service.replicas }}
  {{- end }}
  selector:
    matchLabels: {{- include "bookverse-service.selector" . | nindent 6 }}
  template: {{- include "bookverse-service.pod" . | nindent 4 }}
{{- end }}

{{- define "bookverse-service.autoscaler" -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .name }}
  labels: {{- include "bookverse-service.labels" . | nindent 4 }}
spec:
  scaleTargetRef:
    {{- if .stages }}
    apiVersion: argoproj.io/v1alpha1
    kind: Rollout
    {{- else }}
    apiVersion: apps/v1
    kind: Deployment
    {{- end }}
    name: {{ .name }}
  minReplicas: {{ .service.replicas }}
  maxReplicas: {{ .service.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .service.autoscaling.cpu | default 70 }}
{{- end }}

{{- define "bookverse-service.budget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  labels: {{- include "bookverse-service.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "bookverse-service.selector" . | nindent 6 }}
{{- end }}

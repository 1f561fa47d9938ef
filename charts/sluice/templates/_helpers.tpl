{{- define "sluice.name" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "sluice.account" -}}
{{- default (include "sluice.name" .) .Values.serviceAccount.name }}
{{- end }}

{{- define "sluice.selector" -}}
app.kubernetes.io/name: sluice
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* Component and part-of are those that scripts, guides and ServiceMonitors know the established controllers by. */}}
{{- define "sluice.labels" -}}
{{ include "sluice.selector" . }}
app.kubernetes.io/component: {{ ternary "server" "rollouts-controller" .Values.gitops.enabled }}
app.kubernetes.io/part-of: {{ ternary "argocd" "argo-rollouts" .Values.gitops.enabled }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "sluice.leaseNamespace" -}}
{{- default .Release.Namespace .Values.leaderElection.namespace }}
{{- end }}

{{- /* Flags that follow from other values, and those that are given. */}}
{{- define "sluice.config" -}}
{{- $flags := deepCopy .Values.config }}
{{- if .Values.namespaced }}
{{- $_ := set $flags "namespaced" true }}
{{- $_ := set $flags "namespace" .Release.Namespace }}
{{- end }}
{{- if .Values.leaderElection.namespace }}
{{- $_ := set $flags "leader-election-namespace" .Values.leaderElection.namespace }}
{{- end }}
{{- if .Values.gitops.enabled }}
{{- $_ := set $flags "gitops" true }}
{{- $_ := set $flags "repo-cache-dir" "/var/cache/sluice" }}
{{- with .Values.gitops.namespace }}
{{- $_ := set $flags "gitops-namespace" . }}
{{- end }}
{{- with .Values.gitops.applicationNamespaces }}
{{- $_ := set $flags "application-namespaces" . }}
{{- end }}
{{- with .Values.gitops.renderEnv }}
{{- $given := list }}
{{- range $name, $value := . }}
{{- $given = append $given (printf "%s=%s" $name $value) }}
{{- end }}
{{- $_ := set $flags "render-env" $given }}
{{- end }}
{{- end }}
{{- toYaml $flags }}
{{- end }}

{{- define "sluice.lease" -}}
argo-rollouts-controller-lock{{ with index .Values.config "instance-id" }}-{{ . }}{{ end }}
{{- end }}

{{- define "sluice.gitopsNamespace" -}}
{{- default .Release.Namespace .Values.gitops.namespace }}
{{- end }}

{{- /* The image that has git, Helm and Kustomize beside the controller is told by its tag. */}}
{{- define "sluice.image" -}}
{{- $tag := default (printf "%s%s" .Chart.AppVersion (ternary "-gitops" "" .Values.gitops.enabled)) .Values.image.tag }}
{{- .Values.image.repository }}:{{ $tag }}
{{- end }}

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

{{- define "sluice.labels" -}}
{{ include "sluice.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "sluice.leaseNamespace" -}}
{{- default .Release.Namespace .Values.leaderElection.namespace }}
{{- end }}

{{- define "sluice.gitopsNamespace" -}}
{{- default .Release.Namespace .Values.gitops.namespace }}
{{- end }}

{{- /* Settings, host keys, authorities and signers, by the names that users have them under. */}}
{{- define "sluice.gitopsConfigMaps" -}}
argocd-cm, argocd-cmd-params-cm, argocd-ssh-known-hosts-cm, argocd-tls-certs-cm, argocd-gpg-keys-cm, argocd-notifications-cm
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
{{- $_ := set $flags "gitops-namespace" (include "sluice.gitopsNamespace" .) }}
{{- $_ := set $flags "repo-cache-dir" "/var/cache/sluice" }}
{{- with .Values.gitops.applicationNamespaces }}
{{- $_ := set $flags "application-namespaces" . }}
{{- end }}
{{- end }}
{{- toYaml $flags }}
{{- end }}

{{- define "sluice.lease" -}}
argo-rollouts-controller-lock{{ with index .Values.config "instance-id" }}-{{ . }}{{ end }}
{{- end }}

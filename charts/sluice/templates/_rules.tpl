{{- define "sluice.rules" -}}
- apiGroups: [argoproj.io]
  resources: [rollouts, analysisruns, experiments]
  verbs: [get, list, watch, patch]
- apiGroups: [argoproj.io]
  resources: [rollouts/status]
  verbs: [patch]
- apiGroups: [argoproj.io]
  resources: [analysisruns, experiments]
  verbs: [create, delete]
# What has them for owner may hold up their deletion: asked for where OwnerReferencesPermissionEnforcement is on (OpenShift).
- apiGroups: [argoproj.io]
  resources: [rollouts/finalizers, analysisruns/finalizers, experiments/finalizers]
  verbs: [update]
- apiGroups: [argoproj.io]
  resources: [analysistemplates{{ if not .Values.namespaced }}, clusteranalysistemplates{{ end }}]
  verbs: [list, watch]
- apiGroups: [apps]
  resources: [replicasets]
  verbs: [get, list, watch, create, patch, delete]
{{- if .Values.rbac.workloadRef }}
# Workloads that lend their pod template (spec.workloadRef); a Deployment's own pods are scaled down.
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, patch]
- apiGroups: [""]
  resources: [podtemplates]
  verbs: [list, watch]
{{- end }}
- apiGroups: [""]
  resources: [services]
  verbs: [get, list, watch, patch]
# Pods are looked at only once a Rollout gives them metadata for their role, or asks for a restart.
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch, patch]
# A restart (spec.restartAt) evicts pods, as far as their PodDisruptionBudgets allow.
- apiGroups: [""]
  resources: [pods/eviction]
  verbs: [create]
# The rollback policy, wherever it is; its last good form is noted on it.
- apiGroups: [""]
  resources: [configmaps]
  resourceNames: [rollback-config]
  verbs: [list, watch, patch]
{{- if .Values.rbac.experimentServices }}
# Services in front of an Experiment's pods.
- apiGroups: [""]
  resources: [services]
  verbs: [create, delete]
{{- end }}
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
{{- if .Values.rbac.traefik }}
# The weights, and what steps add at Traefik: setHeaderRoute and setMirrorRoute. Without such steps IngressRoutes are not
# looked at.
- apiGroups: [traefik.io]
  resources: [traefikservices, ingressroutes]
  verbs: [get, list, watch, create, patch, delete]
{{- end }}
# Objects of other routers. A Rollout that names one whose objects are out of reach says so.
{{- if .Values.rbac.gatewayApi }}
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes, grpcroutes, tcproutes, tlsroutes]
  verbs: [get, list, watch, patch]
{{- end }}
{{- if .Values.rbac.istio }}
- apiGroups: [networking.istio.io]
  resources: [virtualservices, destinationrules]
  verbs: [get, list, watch, patch]
{{- end }}
{{- if .Values.rbac.ingress }}
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [get, list, watch, create, patch]
{{- end }}
{{- if .Values.rbac.smi }}
- apiGroups: [split.smi-spec.io]
  resources: [trafficsplits]
  verbs: [get, list, watch, create, patch]
{{- end }}
{{- if .Values.rbac.apisix }}
- apiGroups: [apisix.apache.org]
  resources: [apisixroutes]
  verbs: [get, list, watch, create, patch, delete]
{{- end }}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- if .Values.rbac.jobs }}
# Jobs of metrics with the provider job.
- apiGroups: [batch]
  resources: [jobs]
  verbs: [create, get, delete]
{{- end }}
{{- end }}

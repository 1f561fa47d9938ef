// The Gateway API, for the definitions of its kinds. Nothing of it is built.
module sluice-e2e-gateway-api

go 1.26.0

require sigs.k8s.io/gateway-api v1.6.3

//go:build tools

// Package tools keeps the required module in go.mod; nothing here is built.
package tools

import _ "helm.sh/helm/v4/cmd/helm"

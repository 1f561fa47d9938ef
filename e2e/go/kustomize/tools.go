//go:build tools

// Package tools keeps the required module in go.mod; nothing here is built.
package tools

import _ "sigs.k8s.io/kustomize/kustomize/v5"

//go:build tools

// Package tools names the programs that this module builds, so that its go.sum is complete.
package tools

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
	_ "github.com/prometheus/prometheus/cmd/promtool"
)

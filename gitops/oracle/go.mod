module sluice/gitopsoracle

go 1.24.0

require (
	github.com/gobwas/glob v0.2.3
	github.com/robfig/cron/v3 v3.0.1
)

require github.com/bmatcuk/doublestar/v4 v4.9.1

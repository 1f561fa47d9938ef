// A server of git repositories by ssh, for tests.
module sluice-e2e-sshd

go 1.26.0

require golang.org/x/crypto v0.59.0

require golang.org/x/sys v0.50.0 // indirect

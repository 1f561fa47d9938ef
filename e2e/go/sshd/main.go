// Command sshd serves the git repositories of a folder by ssh, to whoever has one key: Debian's own wants a system to log
// in to.
//
// It is given the folder, a file with the public key that may log in, and writes its port and its own public key.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
)

func main() {
	allowed, err := os.ReadFile(os.Args[2])
	check(err)
	client, _, _, _, err := ssh.ParseAuthorizedKey(allowed)
	check(err)
	_, private, err := ed25519.GenerateKey(rand.Reader)
	check(err)
	host, err := ssh.NewSignerFromKey(private)
	check(err)
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if bytes.Equal(key.Marshal(), client.Marshal()) {
			return nil, nil
		}
		return nil, fmt.Errorf("unknown key")
	}}
	config.AddHostKey(host)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	key := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(host.PublicKey())))
	fmt.Printf("%d\n%s\n", listener.Addr().(*net.TCPAddr).Port, key)
	for {
		connection, err := listener.Accept()
		check(err)
		go serve(connection, config, os.Args[1])
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(connection net.Conn, config *ssh.ServerConfig, root string) {
	_, channels, requests, err := ssh.NewServerConn(connection, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		if offered.ChannelType() != "session" {
			_ = offered.Reject(ssh.UnknownChannelType, "sessions only")
			continue
		}
		channel, requests, err := offered.Accept()
		if err == nil {
			go session(channel, requests, root)
		}
	}
}

func session(channel ssh.Channel, requests <-chan *ssh.Request, root string) {
	defer channel.Close()
	protocol := ""
	for request := range requests {
		var text struct{ Name, Value string }
		switch request.Type {
		case "env":
			if ssh.Unmarshal(request.Payload, &text) == nil && text.Name == "GIT_PROTOCOL" {
				protocol = text.Value
			}
			_ = request.Reply(true, nil)
		case "exec":
			var command struct{ Command string }
			_ = request.Reply(ssh.Unmarshal(request.Payload, &command) == nil, nil)
			status := run(channel, command.Command, protocol, root)
			_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
			return
		default:
			_ = request.Reply(false, nil)
		}
	}
}

// run serves a fetch or a push.
func run(channel ssh.Channel, command, protocol, root string) uint32 {
	program, path, _ := strings.Cut(command, " ")
	if program != "git-upload-pack" && program != "git-receive-pack" {
		return 127
	}
	path = filepath.Join(root, filepath.Clean("/"+strings.Trim(path, "'")))
	git := exec.Command("git", strings.TrimPrefix(program, "git-"), path)
	git.Env = append(os.Environ(), "GIT_PROTOCOL="+protocol)
	git.Stdout, git.Stderr = channel, channel.Stderr()
	input, err := git.StdinPipe()
	if err != nil || git.Start() != nil {
		return 126
	}
	go func() {
		_, _ = io.Copy(input, channel)
		_ = input.Close()
	}()
	if git.Wait() != nil {
		return 1
	}
	return 0
}

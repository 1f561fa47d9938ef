// A mail server for tests: real SMTP, mails go to standard output, one JSON object a line.
//
// The first line says where it listens. It ends when its standard input does.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

var (
	mutex sync.Mutex
	out   = json.NewEncoder(os.Stdout)
)

func say(line any) {
	mutex.Lock()
	defer mutex.Unlock()
	if err := out.Encode(line); err != nil {
		os.Exit(1)
	}
}

// session is one connection, and what it said so far.
type session struct {
	conn *smtp.Conn
	Door string   `json:"door"`
	TLS  bool     `json:"tls"`
	User string   `json:"user"`
	From string   `json:"from"`
	To   []string `json:"to"`
	Text string   `json:"text"`
	// locked: nobody may send without logging in.
	locked bool
}

func (s *session) Reset()        { s.To = nil }
func (s *session) Logout() error { return nil }

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		_, encrypted := s.conn.TLSConnectionState()
		if !encrypted {
			say(map[string]string{"leaked": password})
		}
		if user != "ops" || password != "s3cr3t-t0ken" {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "bad credentials " + password}
		}
		s.User = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.locked && s.User == "" {
		return smtp.ErrAuthRequired
	}
	s.From = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	switch {
	case strings.HasPrefix(to, "full@"):
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
	case strings.HasPrefix(to, "nobody@"):
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	s.To = append(s.To, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	_, s.TLS = s.conn.TLSConnectionState()
	s.Text = string(data)
	say(s)
	return nil
}

// door opens a port: with STARTTLS, with TLS from the beginning, or with neither.
func door(name string, locked bool, certificate *tls.Config, implicit bool) string {
	server := smtp.NewServer(smtp.BackendFunc(func(conn *smtp.Conn) (smtp.Session, error) {
		return &session{conn: conn, Door: name, locked: locked}, nil
	}))
	server.Domain = "localhost"
	server.AllowInsecureAuth = true
	server.MaxMessageBytes = 1 << 20
	server.TLSConfig = certificate
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	port := listener.Addr().String()[len("127.0.0.1:"):]
	if implicit {
		server.TLSConfig = nil
		listener = tls.NewListener(listener, certificate)
	}
	go func() {
		if err := server.Serve(listener); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			panic(err)
		}
	}()
	return port
}

// selfSigned is a certificate that nobody trusts.
func selfSigned() *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func main() {
	certificate := selfSigned()
	say(map[string]string{
		"plain":    door("plain", false, nil, false),
		"starttls": door("starttls", true, certificate, false),
		"tls":      door("tls", true, certificate, true),
		"stripped": door("stripped", true, nil, false),
	})
	_, _ = io.Copy(io.Discard, os.Stdin)
}

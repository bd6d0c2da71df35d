package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"os"

	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// Writes a certificate that vouches for itself, and its key: the API server proves with it to the kubelet who it is,
// which takes no token there.
func writeCertificate(arguments []string) error {
	if len(arguments) != 4 {
		return errors.New("expected a user, its group, a file for the certificate and one for the key")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	subject := cert.Config{CommonName: arguments[0], Organization: []string{arguments[1]}}
	certificate, err := cert.NewSelfSignedCACert(subject, key)
	if err != nil {
		return err
	}
	pem, err := keyutil.MarshalPrivateKeyToPEM(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(arguments[3], pem, 0o600); err != nil {
		return err
	}
	encoded, err := cert.EncodeCertificates(certificate)
	if err != nil {
		return err
	}
	return os.WriteFile(arguments[2], encoded, 0o600)
}

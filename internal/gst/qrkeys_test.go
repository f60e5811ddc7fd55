package gst_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/gst"
)

func TestKeysArePinnedFromPublicKeysAndCertificates(t *testing.T) {
	t.Parallel()
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1, 0)},
		&x509.Certificate{}, &irpKey().PublicKey, irpKey())
	require.NoError(t, err)
	for name, text := range map[string]string{
		"PKIX":        publicPEM(t, irpKey()),
		"PKCS 1":      pemBlock("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&irpKey().PublicKey)),
		"certificate": pemBlock("CERTIFICATE", der), // its dates do not count: the key is pinned
	} {
		keys, err := gst.NewQRKeys(map[string]string{kid: text, "an older one": publicPEM(t, otherKey())}, []string{"NIC", "SIM"})
		require.NoError(t, err, name)
		_, err = gst.ParseSignedQR(sign(t, token{}), keys)
		require.NoError(t, err, name)
		_, err = gst.ParseSignedQR(sign(t, token{key: otherKey(), header: map[string]any{"kid": "an older one"}}), keys)
		require.NoError(t, err, "old and new keys hold side by side while an IRP changes them")
	}
}

func TestKeysOfNoUseAreRefused(t *testing.T) {
	t.Parallel()
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	curveDER, err := x509.MarshalPKIXPublicKey(&curve.PublicKey)
	require.NoError(t, err)
	good := publicPEM(t, irpKey())
	for _, c := range []struct {
		name    string
		pem     map[string]string
		issuers []string
		want    string
	}{
		{"no PEM", map[string]string{"K1": "ssh-rsa AAAA"}, []string{"NIC"}, "key K1 of signed QRs"},
		{"a private key", map[string]string{"K1": pemBlock("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(irpKey()))}, []string{"NIC"}, "key K1 of signed QRs"},
		{"another kind of key", map[string]string{"K1": pemBlock("PUBLIC KEY", curveDER)}, []string{"NIC"}, "key K1 of signed QRs"},
		{"1024 bits", map[string]string{"K1": publicPEM(t, weak)}, []string{"NIC"}, "1024 bits, at least 2048"},
		{"no kid", map[string]string{"": good}, []string{"NIC"}, "empty kid"},
		{"no issuer", map[string]string{"K1": good}, nil, "issuers"},
		{"an empty issuer", map[string]string{"K1": good}, []string{"NIC", ""}, "issuers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := gst.NewQRKeys(c.pem, c.issuers)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestWithoutKeysEverySignedQRWaitsForOne(t *testing.T) {
	t.Parallel()
	keys, err := gst.NewQRKeys(nil, nil)
	require.NoError(t, err)
	_, err = gst.ParseSignedQR(sign(t, token{}), keys)
	requireIDs(t, err, ids(gst.QRKeyUnknown))
}

func pemBlock(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

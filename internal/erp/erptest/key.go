package erptest

import "vmsflow/internal/gst/gsttest"

// Issuer is the "iss" of the signed QRs: no simulated document can pass for a real one (contracts/gst-einvoice.md §16).
const Issuer = gsttest.Issuer

// PublicKeyPEM is the key that verifies this ERP's QR codes, in PKIX form.
func (s *Server) PublicKeyPEM() string { return s.key.PEM() }

// KeyID is the kid of that key.
func (s *Server) KeyID() string { return s.key.ID() }

package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"vmsflow/internal/order"
	"vmsflow/internal/postgres"
	"vmsflow/internal/postgres/pgtest"
)

// An archive is a database with an order S1 of DV1, PO-S1, and its documents.
func newArchive(t *testing.T) *postgres.DB {
	t.Helper()
	databaseURL := pgtest.URL(t)
	t.Setenv("DATABASE_URL", databaseURL)
	writeChannels(t, channelsFile)
	db := pgtest.Open(t, databaseURL)
	for _, id := range []string{"S1", "S-bare"} {
		_, err := db.RegisterOrder(t.Context(), order.Order{
			Pob: "DV1", ID: id, OrderTime: time.Now(), Lines: []order.Line{{OrderItemID: "1", ItemCode: "A", Ordered: 1}},
		}, order.ERPModel)
		require.NoError(t, err)
		require.NoError(t, db.SavePO(t.Context(), "DV1", id, order.PurchaseOrder{Number: "PO-" + id}))
	}
	for _, d := range []postgres.Document{
		{Kind: postgres.KindB2BInvoice, Number: "AJ/25-26/000421", Content: []byte("%PDF the invoice"), SourceURL: "https://erp.example/421.pdf?signature=hunter2"},
		{Kind: postgres.KindShippingLabel, Number: "AWB1", Content: []byte("%PDF the first label")},
		{Kind: postgres.KindShippingLabel, Number: "AWB2", Content: []byte("%PDF the label\x00\xff")},
	} {
		d.Pob, d.OrderID, d.ContentType = "DV1", "S1", "application/pdf"
		_, err := db.SaveDocument(t.Context(), d)
		require.NoError(t, err)
	}
	return db
}

func TestDocumentsAreListed(t *testing.T) {
	db := newArchive(t)
	list, err := db.Documents(t.Context(), "DV1", "S1")
	require.NoError(t, err)
	for _, name := range []string{"S1", "PO-S1", "order:DV1:S1"} {
		r := starter(t, "document", name)
		require.Zero(t, r.code, r.err)
		require.Equal(t, []string{
			"Order S1 at DV1", "",
			"KIND NUMBER BYTES SHA256 STORED FROM",
			fmt.Sprintf("b2b-invoice AJ/25-26/000421 16 %s %s https://erp.example/421.pdf", list[0].SHA256, clock(list[0].CreatedAt)),
			fmt.Sprintf("label AWB1 20 %s %s a message", list[1].SHA256, clock(list[1].CreatedAt)),
			fmt.Sprintf("label AWB2 16 %s %s a message", list[2].SHA256, clock(list[2].CreatedAt)),
		}, cells(r.out))
	}
	for _, args := range [][]string{{"--json"}, {"-o", "json"}} {
		r := starter(t, append([]string{"document", "S1", "--pob", "DV1"}, args...)...)
		require.Zero(t, r.code, r.err)
		var documents []archived
		require.NoError(t, json.Unmarshal([]byte(r.out), &documents))
		require.Len(t, documents, 3)
		require.Equal(t, archived{
			Kind: "b2b-invoice", Number: "AJ/25-26/000421", ContentType: "application/pdf", Size: 16, SHA256: list[0].SHA256,
			StoredAt: list[0].CreatedAt, Source: "https://erp.example/421.pdf",
		}, documents[0], "without the signature in the query")
	}
	t.Run("none yet", func(t *testing.T) {
		r := starter(t, "document", "S-bare", "--json")
		require.Zero(t, r.code, r.err)
		require.JSONEq(t, `[]`, r.out)
	})
	t.Run("an order that nobody knows", func(t *testing.T) {
		for _, args := range []string{"S2", "order:DV1:S2", "S1 --pob DV2", "S1 --pob DV9", "S2 label"} {
			r := starter(t, append([]string{"document"}, strings.Fields(args)...)...)
			require.Equal(t, exitNotFound, r.code, r.err)
			require.Empty(t, r.out)
		}
	})
}

// cells is a table with one blank between its cells.
func cells(table string) []string {
	lines := strings.Split(strings.TrimSuffix(table, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return lines
}

func TestADocumentIsWrittenAsItWasArchived(t *testing.T) {
	newArchive(t)
	const label = "%PDF the label\x00\xff" // the newest
	for _, args := range []string{"label", "shipping_label", "label -o -"} {
		r := starter(t, append([]string{"document", "S1"}, strings.Fields(args)...)...)
		require.Zero(t, r.code, r.err)
		require.Equal(t, label, r.out, "and nothing else")
	}
	require.Equal(t, "%PDF the invoice", starter(t, "document", "PO-S1", "b2b_invoice").out)

	file := filepath.Join(t.TempDir(), "label.pdf")
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(label)))
	r := starter(t, "document", "S1", "label", "-o", file)
	require.Zero(t, r.code, r.err)
	require.Equal(t, []string{"KIND NUMBER BYTES SHA256 FILE", "label AWB2 16 " + hash + " " + file}, cells(r.out))
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, label, string(content))
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "a label has a customer's address on it")

	r = starter(t, "document", "S1", "label", "--output", file, "--json")
	require.Zero(t, r.code, r.err)
	var written archived
	require.NoError(t, json.Unmarshal([]byte(r.out), &written))
	require.Equal(t, file, written.File)
	require.Equal(t, hash, written.SHA256)

	r = starter(t, "document", "S1", "b2c-invoice")
	require.Equal(t, exitNotFound, r.code)
	require.Equal(t, "starter: order S1 at DV1 has no b2c-invoice; it has b2b-invoice, label\n", r.err)
	r = starter(t, "document", "S-bare", "label")
	require.Equal(t, exitNotFound, r.code)
	require.Equal(t, "starter: order S-bare at DV1 has no label; it has no documents\n", r.err)
	r = starter(t, "document", "S1", "label", "-o", filepath.Join(t.TempDir(), "no", "such", "label.pdf"))
	require.Equal(t, exitFailed, r.code)
	require.Contains(t, r.err, "no such file or directory")
}

func TestADamagedDocumentIsNotWritten(t *testing.T) {
	newArchive(t)
	connection, err := pgx.Connect(t.Context(), os.Getenv("DATABASE_URL"))
	require.NoError(t, err)
	defer func() { _ = connection.Close(t.Context()) }()
	_, err = connection.Exec(t.Context(), `UPDATE documents SET content = 'other' WHERE number = 'AWB2'`)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "label.pdf")
	for _, args := range [][]string{{"-o", file}, {"-o", "-"}, nil} {
		r := starter(t, append([]string{"document", "S1", "label"}, args...)...)
		require.Equal(t, exitFailed, r.code)
		require.Contains(t, r.err, "is damaged, and nothing was written")
		require.Empty(t, r.out)
		require.NoFileExists(t, file)
	}
}

func TestADocumentIsNotWrittenOntoATerminal(t *testing.T) {
	newArchive(t)
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	require.NoError(t, err, "a pseudo-terminal, which Linux and macOS have")
	defer terminal.Close()
	var errOut strings.Builder
	require.Equal(t, exitUsage, run(t.Context(), []string{"document", "S1", "label"}, strings.NewReader(""), terminal, &errOut))
	require.Equal(t, "starter: a label is no text for a terminal; write -o FILE, or -o - if it is meant\n", errOut.String())

	require.Zero(t, run(t.Context(), []string{"document", "S1", "label", "-o", "-"}, strings.NewReader(""), terminal, &errOut))
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer nowhere.Close()
	require.Zero(t, run(t.Context(), []string{"document", "S1", "label"}, strings.NewReader(""), nowhere, &errOut), errOut.String())
}

package fetch_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"vmsflow/internal/fetch"
)

func TestOnlyHTTPSAndPublicAddressesUnlessTheHostIsAllowed(t *testing.T) {
	t.Parallel()
	allowed := []string{"erp.local", "10.0.0.5:8080", "[fd00::5]:8443", "Mixed.Example:81", "169.254.169.254"}
	tests := []struct{ url, want string }{
		{"https://erp.example/inv/421.pdf", ""},
		{"https://erp.example:8443/inv/421.pdf?signature=s", ""},
		{"HTTPS://erp.example/421.pdf", ""},
		{"https://8.8.8.8/421.pdf", ""},
		{"https://[2606:4700::1111]/421.pdf", ""},

		{"", "is not an https URL"},
		{"421.pdf", "is not an https URL"},
		{"//erp.example/421.pdf", "is not an https URL"},
		{"ftp://erp.local/421.pdf", "is not an https URL"},
		{"file:///etc/passwd", "is not an https URL"},
		{"http://erp.example/421.pdf", "is not an https URL"},
		{"https:erp.example", "names no host"},
		{"https:///421.pdf", "names no host"},
		{"https://:443/421.pdf", "names no host"},
		{"https://erp.example:70000/421.pdf", "names a port that does not exist"},
		{"https://erp.example:0/421.pdf", "names a port that does not exist"},
		{"https://erp.example:x/421.pdf", "is not a URL"},
		{"https://erp example/421.pdf", "is not a URL"},
		{"https://erp.example/\x00", "is not a URL"},
		{"https://user@erp.example/421.pdf", "holds a user or password"},
		{"https://user:secret@erp.local/421.pdf", "holds a user or password"},
		{"https://erp.example@10.0.0.5/421.pdf", "holds a user or password"},

		{"https://127.0.0.1/421.pdf", "leads to 127.0.0.1, which is not a public address"},
		{"https://10.0.0.1/421.pdf", "leads to 10.0.0.1, which is not a public address"},
		{"https://[::1]:8443/421.pdf", "leads to ::1, which is not a public address"},
		{"https://[::ffff:10.0.0.1]/421.pdf", "leads to ::ffff:10.0.0.1, which is not a public address"},
		{"https://[fe80::1%25eth0]/421.pdf", "leads to fe80::1, which is a link-local address"},

		{"http://erp.local/421.pdf", ""},
		{"http://ERP.local:80/421.pdf", ""},
		{"https://erp.local/421.pdf", ""},
		{"http://mixed.example:81/421.pdf", ""},
		{"http://10.0.0.5:8080/421.pdf", ""},
		{"https://10.0.0.5:8080/421.pdf", ""},
		{"http://[fd00::5]:8443/421.pdf", ""},
		// As written: another port, a name that only contains it, and an address that nobody may allow.
		{"http://erp.local:8080/421.pdf", "is not an https URL"},
		{"http://10.0.0.5/421.pdf", "is not an https URL"},
		{"https://10.0.0.5/421.pdf", "leads to 10.0.0.5, which is not a public address"},
		{"http://erp.local.example/421.pdf", "is not an https URL"},
		{"http://169.254.169.254/latest/meta-data", "leads to 169.254.169.254, which is a link-local address"},
	}
	for _, test := range tests {
		t.Run(test.url, func(t *testing.T) {
			t.Parallel()
			err := fetch.CheckURL(test.url, allowed)
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, test.want)
		})
	}
}

func TestAURLIsStoredWithoutWhatMayBeASecret(t *testing.T) {
	t.Parallel()
	require.Equal(t, "https://erp.example:8443/inv/AJ%2F421.pdf", fetch.WithoutQuery("https://u:p@erp.example:8443/inv/AJ%2F421.pdf?signature=s#token"))
	require.Empty(t, fetch.WithoutQuery("https://erp example/?signature=s"))
	require.Empty(t, fetch.WithoutQuery("421.pdf"))
}

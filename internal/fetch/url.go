package fetch

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// CheckURL reports a URL whose form keeps it from being fetched: anything but https, a user or password, an address
// that is not public. The hosts that are allowed, as host or host:port, may be http and have any address. The error
// goes on where "the URL" leaves off and does not repeat it.
func CheckURL(raw string, allowedHosts []string) error {
	target, err := url.Parse(raw)
	if err != nil {
		return errors.New("is not a URL") // the cause would repeat it
	}
	return checkURL(target, newHosts(allowedHosts))
}

func checkURL(target *url.URL, allowed hosts) error {
	switch {
	case target.User != nil:
		return errors.New("holds a user or password")
	case target.Scheme != "https" && !(target.Scheme == "http" && allowed.has(hostPort(target))):
		return errors.New("is not an https URL")
	case target.Hostname() == "":
		return errors.New("names no host")
	}
	if port, err := strconv.Atoi(portOf(target)); err != nil || port < 1 || port > 65535 {
		return errors.New("names a port that does not exist")
	}
	if address, err := netip.ParseAddr(target.Hostname()); err == nil { // a name is judged when it has been resolved
		return checkAddress(address, allowed.has(hostPort(target)))
	}
	return nil
}

// WithoutQuery is a URL as it may be logged and stored: its query may hold a signature or a token. It is empty for
// what is no URL.
func WithoutQuery(raw string) string {
	target, err := url.Parse(raw)
	if err != nil || target.Host == "" {
		return ""
	}
	return plain(target)
}

func plain(target *url.URL) string {
	return fmt.Sprintf("%s://%s%s", target.Scheme, target.Host, target.EscapedPath())
}

// hosts is a set of host:port in lower case.
type hosts map[string]bool

// newHosts reads hosts; one without a port means the ports of http and https.
func newHosts(allowed []string) hosts {
	set := hosts{}
	for _, host := range allowed {
		host = strings.ToLower(host)
		if name, port, err := net.SplitHostPort(host); err == nil {
			set[net.JoinHostPort(name, port)] = true
			continue
		}
		name := strings.Trim(host, "[]")
		set[net.JoinHostPort(name, "80")] = true
		set[net.JoinHostPort(name, "443")] = true
	}
	return set
}

func (h hosts) has(hostPort string) bool { return h[strings.ToLower(hostPort)] }

// hostPort is where a URL leads, with the port that its scheme implies.
func hostPort(target *url.URL) string { return net.JoinHostPort(target.Hostname(), portOf(target)) }

func portOf(target *url.URL) string {
	if port := target.Port(); port != "" {
		return port
	}
	return map[string]string{"http": "80", "https": "443"}[target.Scheme]
}

package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// problems collects what is wrong with a file. A struct decoder would stop at the first problem, so the file is
// read from its syntax tree, where everything has a line.
type problems struct {
	file    string
	anchors map[string]ast.Node
	found   []error
}

func (p *problems) add(line int, where, format string, args ...any) {
	p.found = append(p.found, fmt.Errorf("%s:%d: %s: %s", p.file, line, where, fmt.Sprintf(format, args...)))
}

// parse reads the file's outermost mapping; nil when there is none, and the problem is noted.
func (p *problems) parse(content []byte) *block {
	tree, err := parser.ParseBytes(content, 0)
	var syntax *yaml.SyntaxError
	switch {
	case errors.As(err, &syntax): // its Error() would print the lines around, which may hold a secret
		p.add(syntax.Token.Position.Line, "file", "is not YAML: %s", syntax.Message)
		return nil
	case err != nil:
		p.add(1, "file", "is not YAML")
		return nil
	case len(tree.Docs) > 1:
		p.add(1, "file", "has several YAML documents; write one")
		return nil
	case len(tree.Docs) == 0 || tree.Docs[0].Body == nil:
		p.add(1, "file", "is empty; start it with channels:")
		return nil
	}
	p.anchors = map[string]ast.Node{}
	ast.Walk(anchorFinder(p.anchors), tree.Docs[0].Body)
	return p.block(tree.Docs[0].Body, "file", "")
}

type anchorFinder map[string]ast.Node

func (f anchorFinder) Visit(node ast.Node) ast.Visitor {
	if anchor, ok := node.(*ast.AnchorNode); ok {
		f[anchor.Name.GetToken().Value] = anchor.Value
	}
	return f
}

// resolve follows anchors, aliases and tags to the value itself.
func (p *problems) resolve(node ast.Node) ast.Node {
	for range 20 { // an alias may stand for an alias; more than this is a circle
		switch n := node.(type) {
		case *ast.AnchorNode:
			node = n.Value
		case *ast.TagNode:
			node = n.Value
		case *ast.AliasNode:
			node = p.anchors[n.Value.GetToken().Value]
		default:
			return node
		}
	}
	return nil
}

// block is a mapping of the file. Every read marks its key as known; what remains unread is an error.
type block struct {
	problems *problems
	name     string // for messages: "channel DV0012345"
	prefix   string // of the keys in messages: "ajio."
	line     int
	values   map[string]entry
	keys     []string // in the order of the file
	known    []string
}

type entry struct {
	value ast.Node
	line  int
}

// block reads a mapping; it is empty and the problem noted when the node is something else.
func (p *problems) block(node ast.Node, name, prefix string) *block {
	b := &block{problems: p, name: name, prefix: prefix, values: map[string]entry{}}
	resolved := p.resolve(node)
	if resolved == nil || resolved.GetToken() == nil {
		return b
	}
	b.line = resolved.GetToken().Position.Line
	switch n := resolved.(type) {
	case *ast.MappingNode:
		b.take(n.Values, 0)
		if len(n.Values) > 0 {
			b.line = n.Values[0].Key.GetToken().Position.Line
		}
	case *ast.MappingValueNode:
		b.take([]*ast.MappingValueNode{n}, 0)
		b.line = n.Key.GetToken().Position.Line
	default:
		p.add(b.line, b.where(""), "must have keys of its own, written as key: value")
	}
	return b
}

// take enters the pairs; what "<<" merges in gives way to the block's own keys.
func (b *block) take(pairs []*ast.MappingValueNode, depth int) {
	for _, pair := range pairs {
		if pair.Key.IsMergeKey() {
			continue
		}
		key := pair.Key.GetToken().Value
		if _, taken := b.values[key]; !taken {
			b.values[key] = entry{value: b.problems.resolve(pair.Value), line: pair.Key.GetToken().Position.Line}
			b.keys = append(b.keys, key)
		}
	}
	for _, pair := range pairs {
		if !pair.Key.IsMergeKey() || depth > 10 {
			continue
		}
		switch merged := b.problems.resolve(pair.Value).(type) {
		case *ast.MappingNode:
			b.take(merged.Values, depth+1)
		case *ast.MappingValueNode:
			b.take([]*ast.MappingValueNode{merged}, depth+1)
		}
	}
}

func (b *block) where(key string) string {
	path := strings.TrimSuffix(b.prefix+key, ".")
	switch {
	case path == "":
		return b.name
	case b.name == "file":
		return path
	default:
		return b.name + ", " + path
	}
}

// lineOf is the line of a key or, when it is missing, of the block.
func (b *block) lineOf(key string) int {
	if e, ok := b.values[key]; ok {
		return e.line
	}
	return b.line
}

func (b *block) wrong(key, format string, args ...any) {
	b.problems.add(b.lineOf(key), b.where(key), format, args...)
}

func (b *block) has(key string) bool {
	_, ok := b.values[key]
	return ok
}

// block reads the mapping under a key; it is empty when the key is missing.
func (b *block) block(key string) *block {
	b.known = append(b.known, key)
	e, ok := b.values[key]
	if !ok || isNull(e.value) {
		return &block{problems: b.problems, name: b.name, prefix: b.prefix + key + ".", line: b.lineOf(key), values: map[string]entry{}}
	}
	inner := b.problems.block(e.value, b.name, b.prefix+key+".")
	inner.line = e.line
	return inner
}

// text reads a scalar as it stands in the file, so that a code such as 0012 keeps its zeros.
func (b *block) text(key string) string {
	b.known = append(b.known, key)
	e, ok := b.values[key]
	if !ok || isNull(e.value) {
		return ""
	}
	text, ok := scalar(e.value)
	if !ok {
		b.wrong(key, "must be a single value")
	}
	return text
}

// texts reads a list of such values; it is empty when the key is missing.
func (b *block) texts(key string) []string {
	b.known = append(b.known, key)
	e, ok := b.values[key]
	if !ok || isNull(e.value) {
		return nil
	}
	list, ok := e.value.(*ast.SequenceNode)
	if !ok {
		b.wrong(key, "must be a list, written as [one, two]")
		return nil
	}
	var texts []string
	for _, node := range list.Values {
		text, ok := scalar(b.problems.resolve(node))
		if !ok {
			b.wrong(key, "must be a list of single values; put one with a colon in quotes") // {a: [b:1]} would be a key b
			return nil
		}
		texts = append(texts, text)
	}
	return texts
}

func scalar(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return strings.TrimSpace(n.Value), true
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	default:
		return "", false
	}
}

// required is text that must be there; hint says what to write.
func (b *block) required(key, hint string) string {
	before := len(b.problems.found)
	value := b.text(key)
	if value == "" && len(b.problems.found) == before {
		b.wrong(key, "is missing; write %s", hint)
	}
	return value
}

func (b *block) duration(key string, otherwise, least time.Duration) time.Duration {
	text := b.text(key)
	if text == "" {
		return otherwise
	}
	value, err := time.ParseDuration(text)
	switch {
	case err != nil:
		b.wrong(key, "%q is not a duration; write it like %s", text, short(otherwise))
		return otherwise
	case value < least:
		b.wrong(key, "%s is too short; write at least %s", text, short(least))
		return otherwise
	}
	return value
}

// short writes a duration without its zero parts: 4h, not 4h0m0s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func (b *block) whole(key string, otherwise, least, most int) int {
	text := b.text(key)
	if text == "" {
		return otherwise
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < least || value > most {
		b.wrong(key, "%q is not right; write a whole number from %d to %d", text, least, most)
		return otherwise
	}
	return value
}

func (b *block) yes(key string) bool {
	switch text := b.text(key); text {
	case "true":
		return true
	case "", "false":
		return false
	default:
		b.wrong(key, "%q is neither true nor false", text)
		return false
	}
}

// refuse reports a key that must not be there, and whether it was.
func (b *block) refuse(key, format string, args ...any) bool {
	if !b.has(key) {
		return false
	}
	b.wrong(key, format, args...)
	b.keys = slices.DeleteFunc(b.keys, func(k string) bool { return k == key })
	return true
}

// nothingElse reports the keys that nobody has read.
func (b *block) nothingElse() {
	for _, key := range b.keys {
		if !slices.Contains(b.known, key) {
			b.wrong(key, "is not known; here you may write %s", strings.Join(b.known, ", "))
		}
	}
}

func isNull(node ast.Node) bool {
	_, null := node.(*ast.NullNode)
	return node == nil || null
}

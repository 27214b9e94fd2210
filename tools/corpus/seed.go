package corpus

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
)

// A Seed holds the arguments of a fuzz target, in the order of its parameters. The types are []byte, string, bool, int64,
// uint, uint16, and uint32.
type Seed []any

// header is the first line of a seed file.
const header = "go test fuzz v1"

// MaxSeedLen is the maximum length of a seed file in octets.
const MaxSeedLen = 64 << 10

// ErrSeed is the error of a file that is not a seed.
var ErrSeed = errors.New("not a seed of go test -fuzz")

// AppendText appends the seed in the form of the go command, which is a line for each argument.
func (s Seed) AppendText(b []byte) ([]byte, error) {
	b = append(b, header+"\n"...)
	for _, v := range s {
		switch v := v.(type) {
		case []byte:
			b = fmt.Appendf(b, "[]byte(%s)\n", strconv.Quote(string(v)))
		case string:
			b = fmt.Appendf(b, "string(%s)\n", strconv.Quote(v))
		case bool, int64, uint, uint16, uint32:
			b = fmt.Appendf(b, "%T(%v)\n", v, v)
		default:
			return nil, fmt.Errorf("%w: argument of type %T", ErrSeed, v)
		}
	}
	return b, nil
}

// ParseSeed reads a seed file of at most [MaxSeedLen] octets.
func ParseSeed(b []byte) (Seed, error) {
	if len(b) > MaxSeedLen {
		return nil, fmt.Errorf("%w: %d octets, at most %d", ErrSeed, len(b), MaxSeedLen)
	}
	first, rest, _ := bytes.Cut(b, []byte("\n"))
	if strings.TrimSuffix(string(first), "\r") != header {
		return nil, fmt.Errorf("%w: no %q in the first line", ErrSeed, header)
	}
	var s Seed
	for line := range bytes.Lines(rest) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		v, err := parseArgument(string(line))
		if err != nil {
			return nil, fmt.Errorf("%w: argument %d: %w", ErrSeed, len(s)+1, err)
		}
		s = append(s, v)
	}
	if len(s) == 0 {
		return nil, fmt.Errorf("%w: no arguments", ErrSeed)
	}
	return s, nil
}

// parseArgument reads a conversion of a literal, such as uint16(7).
func parseArgument(line string) (any, error) {
	expr, err := parser.ParseExpr(line)
	if err != nil {
		return nil, err
	}
	call, ok := expr.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return nil, errors.New("no conversion of a single value")
	}
	if array, ok := call.Fun.(*ast.ArrayType); ok {
		if elem, ok := array.Elt.(*ast.Ident); !ok || elem.Name != "byte" || array.Len != nil {
			return nil, errors.New("a list, but not of octets")
		}
		text, err := literal(call.Args[0], token.STRING)
		if err != nil {
			return nil, err
		}
		unquoted, err := strconv.Unquote(text)
		return []byte(unquoted), err
	}
	typ, ok := call.Fun.(*ast.Ident)
	if !ok {
		return nil, errors.New("no name of a type")
	}
	return convert(typ.Name, call.Args[0])
}

// convert returns the value of a literal as the named type.
func convert(typ string, arg ast.Expr) (any, error) {
	switch typ {
	case "string":
		text, err := literal(arg, token.STRING)
		if err != nil {
			return nil, err
		}
		return strconv.Unquote(text)
	case "bool":
		name, ok := arg.(*ast.Ident)
		if !ok || name.Name != "true" && name.Name != "false" {
			return nil, errors.New("neither true nor false")
		}
		return name.Name == "true", nil
	}
	text, err := literal(arg, token.INT)
	if err != nil {
		return nil, err
	}
	switch typ {
	case "int64":
		return strconv.ParseInt(text, 10, 64)
	case "uint":
		n, err := strconv.ParseUint(text, 10, 64)
		return uint(n), err
	case "uint16":
		n, err := strconv.ParseUint(text, 10, 16)
		return uint16(n), err
	case "uint32":
		n, err := strconv.ParseUint(text, 10, 32)
		return uint32(n), err
	}
	return nil, fmt.Errorf("type %s is none of a seed", typ)
}

// literal returns the text of a literal of a kind. A number may have a minus sign.
func literal(arg ast.Expr, kind token.Token) (string, error) {
	sign := ""
	if minus, ok := arg.(*ast.UnaryExpr); ok && minus.Op == token.SUB && kind == token.INT {
		arg, sign = minus.X, "-"
	}
	lit, ok := arg.(*ast.BasicLit)
	if !ok || lit.Kind != kind {
		return "", fmt.Errorf("no literal of kind %v", kind)
	}
	return sign + lit.Value, nil
}

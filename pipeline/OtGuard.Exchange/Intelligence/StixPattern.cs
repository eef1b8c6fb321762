using System.Text;

namespace OtGuard.Exchange.Intelligence;

/// <summary>A comparison of a STIX pattern: <c>ipv4-addr:value = '203.0.113.9'</c>.</summary>
/// <param name="Path">Object path, quotes around keys taken off: <c>file:hashes.SHA-256</c>.</param>
/// <param name="Operator"><c>=</c>, <c>IN</c>, <c>ISSUBSET</c>, <c>LIKE</c> and others, capitals; with <c>NOT </c> before.</param>
/// <param name="Values">Its constants.</param>
internal sealed record Comparison(string Path, string Operator, IReadOnlyList<string> Values);

/// <summary>
/// The part of STIX patterning (STIX 2.1 §9) that an indicator which is looked for passively needs: comparisons of one
/// observation, joined by AND and OR, and observations joined by OR.
/// </summary>
internal static class StixPattern
{
    private const int MostTokens = 4000;

    /// <summary>Reads a pattern into alternatives, each a conjunction of comparisons.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="alternatives">Its disjunctive form.</param>
    /// <param name="reason">Why it is not understood; null where it is.</param>
    public static bool TryParse(string pattern, out IReadOnlyList<IReadOnlyList<Comparison>> alternatives, out string? reason)
    {
        alternatives = [];
        try
        {
            var parser = new Parser(Tokens(pattern));
            alternatives = parser.Observations();
            reason = null;
            return true;
        }
        catch (FormatException fault)
        {
            reason = fault.Message;
            return false;
        }
    }

    private static List<string> Tokens(string pattern)
    {
        var tokens = new List<string>();
        for (var at = 0; at < pattern.Length;)
        {
            if (tokens.Count == MostTokens) throw new FormatException("the pattern is too long");
            var c = pattern[at];
            if (char.IsWhiteSpace(c)) at++;
            else if (c == '\'')
            {
                var text = new StringBuilder("'");
                for (at++; ; at++)
                {
                    if (at >= pattern.Length) throw new FormatException("a text in the pattern does not end");
                    if (pattern[at] == '\\' && at + 1 < pattern.Length) text.Append(pattern[++at]);
                    else if (pattern[at] == '\'') break;
                    else text.Append(pattern[at]);
                }

                at++;
                tokens.Add(text.ToString());
            }
            else if (c is '[' or ']' or '(' or ')' or ',')
            {
                tokens.Add(c.ToString());
                at++;
            }
            else if (c is '=' or '!' or '<' or '>')
            {
                var length = at + 1 < pattern.Length && pattern[at + 1] is '=' or '>' ? 2 : 1;
                tokens.Add(pattern.Substring(at, length));
                at += length;
            }
            else
            {
                // A path holds quoted keys: file:hashes.'SHA-256'.
                var start = at;
                while (at < pattern.Length && !char.IsWhiteSpace(pattern[at]) && "[](),=!<>".IndexOf(pattern[at], StringComparison.Ordinal) < 0)
                {
                    if (pattern[at] == '\'')
                    {
                        at = pattern.IndexOf('\'', at + 1);
                        if (at < 0) throw new FormatException("a key in the pattern does not end");
                    }

                    at++;
                }

                // An index of a list, as in protocols[0].
                if (at < pattern.Length && pattern[at] == '[' && pattern[start..at].Contains(':', StringComparison.Ordinal))
                {
                    var close = pattern.IndexOf(']', at);
                    if (close < 0) throw new FormatException("an index in the pattern does not end");
                    at = close + 1;
                }

                tokens.Add(pattern[start..at]);
            }
        }

        return tokens;
    }

    private sealed class Parser(List<string> tokens)
    {
        private const int MostAlternatives = 1000;
        private const int Deepest = 64;

        private int _at;
        private int _depth;

        private string? Next => _at < tokens.Count ? tokens[_at] : null;

        public List<IReadOnlyList<Comparison>> Observations()
        {
            var alternatives = new List<IReadOnlyList<Comparison>>();
            do
            {
                Take("[");
                alternatives.AddRange(Or());
                Take("]");
            }
            while (TryTake("OR"));

            if (Next is { } rest)
                throw new FormatException(rest is "AND" or "FOLLOWEDBY" or "WITHIN" or "REPEATS" or "START"
                    ? $"it joins observations by {rest}, which is not followed"
                    : $"'{rest}' was not expected");
            return alternatives;
        }

        private List<IReadOnlyList<Comparison>> Or()
        {
            var all = And();
            while (TryTake("OR")) all.AddRange(And());
            return all.Count > MostAlternatives ? throw new FormatException("it has too many alternatives") : all;
        }

        private List<IReadOnlyList<Comparison>> And()
        {
            var left = One();
            while (TryTake("AND"))
            {
                var right = One();
                left = [.. left.SelectMany(_ => right, IReadOnlyList<Comparison> (a, b) => [.. a, .. b])];
                if (left.Count > MostAlternatives) throw new FormatException("it has too many alternatives");
            }

            return left;
        }

        private List<IReadOnlyList<Comparison>> One()
        {
            if (TryTake("("))
            {
                if (++_depth > Deepest) throw new FormatException("it is nested too deeply");
                var inner = Or();
                Take(")");
                _depth--;
                return inner;
            }

            var path = Next ?? throw new FormatException("it ends too early");
            if (!path.Contains(':', StringComparison.Ordinal)) throw new FormatException($"'{path}' is no object path");
            _at++;
            var not = TryTake("NOT") ? "NOT " : "";
            var op = Next?.ToUpperInvariant() ?? throw new FormatException("it ends too early");
            if (op is not ("=" or "!=" or "<" or ">" or "<=" or ">=" or "<>" or "IN" or "LIKE" or "MATCHES" or "ISSUBSET" or "ISSUPERSET"))
                throw new FormatException($"'{op}' is no operator");
            _at++;
            var values = new List<string>();
            if (op == "IN")
            {
                Take("(");
                do values.Add(Constant()); while (TryTake(","));
                Take(")");
            }
            else
            {
                values.Add(Constant());
            }

            return [[new Comparison(path.Replace("'", "", StringComparison.Ordinal), not + op, values)]];
        }

        private string Constant()
        {
            var token = Next ?? throw new FormatException("it ends too early");
            _at++;
            if (token[0] == '\'') return token[1..];
            return token is "[" or "]" or "(" or ")" or "," ? throw new FormatException($"'{token}' is no constant") : token;
        }

        private bool TryTake(string token)
        {
            if (!string.Equals(Next, token, StringComparison.OrdinalIgnoreCase)) return false;
            _at++;
            return true;
        }

        private void Take(string token)
        {
            if (!TryTake(token)) throw new FormatException(Next is { } other ? $"'{other}' stands where {token} belongs" : "it ends too early");
        }
    }
}

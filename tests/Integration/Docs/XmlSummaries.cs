using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ZooCache.Integration.Tests.Docs;

/// <summary>What the XML documentation of assemblies says first of their types and members, as one line of Markdown.</summary>
internal sealed partial class XmlSummaries
{
    private readonly Dictionary<string, XElement> _members = new(StringComparer.Ordinal);

    internal XmlSummaries(IEnumerable<Assembly> assemblies)
    {
        foreach (var member in assemblies.SelectMany(a => XDocument.Load(Path.ChangeExtension(a.Location, ".xml")).Descendants("member")))
        {
            _members[member.Attribute("name")!.Value] = member;
        }
    }

    /// <summary>The summary, or what it is inherited from; of a record's property what the record says of its parameter.</summary>
    internal string Of(MemberInfo member)
    {
        var id = IdOf(member);
        if (_members.TryGetValue(id, out var documented))
        {
            return SummaryOf(documented) ?? (member.DeclaringType is { } inherited && member.Name == "ToString" ? "The text." : throw Missing(id));
        }

        return member is PropertyInfo { DeclaringType: { } record }
            && _members.TryGetValue(IdOf(record), out var type)
            && type.Elements("param").FirstOrDefault(p => p.Attribute("name")?.Value == member.Name) is { } parameter
                ? Line(parameter)
                : throw Missing(id);
    }

    private static InvalidOperationException Missing(string id) => new($"{id} has no summary in its XML documentation.");

    private string? SummaryOf(XElement member)
        => member.Element("summary") is { } summary ? Line(summary)
            : member.Element("inheritdoc")?.Attribute("cref")?.Value is { } other ? SummaryOf(_members[other])
            : member.Element("inheritdoc") is not null ? $"As the interface says."
            : null;

    private static string Line(XElement element)
        => Spaces().Replace(string.Concat(element.Nodes().Select(Inline)), " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);

    private static string Inline(XNode node) => node switch
    {
        XText text => text.Value.Replace("<", "&lt;", StringComparison.Ordinal),
        XElement { Name.LocalName: "see" or "paramref" or "typeparamref" } reference => $"`{Short(reference)}`",
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "b" } strong => $"**{strong.Value}**",
        XElement other => string.Concat(other.Nodes().Select(Inline)) + " ",
        _ => "",
    };

    private static string Short(XElement reference)
    {
        var name = (reference.Attribute("cref") ?? reference.Attribute("name") ?? reference.Attribute("langword"))!.Value;
        var bare = name.Split('(')[0];
        var parts = Arity().Replace(bare[(bare.IndexOf(':', StringComparison.Ordinal) + 1)..], "").Split('.');
        return bare.StartsWith("T:", StringComparison.Ordinal) || parts.Length == 1 ? parts[^1] : $"{parts[^2]}.{parts[^1]}";
    }

    /// <summary>As the compiler writes it (C# specification, annex D).</summary>
    private static string IdOf(MemberInfo member) => member switch
    {
        Type type => $"T:{type.FullName!.Replace('+', '.')}",
        MethodBase method => $"M:{TypeOf(method)}.{(method.IsConstructor ? "#ctor" : method.Name)}{(method.IsGenericMethod ? $"``{method.GetGenericArguments().Length}" : "")}{ParametersOf(method)}",
        PropertyInfo => $"P:{TypeOf(member)}.{member.Name}",
        FieldInfo => $"F:{TypeOf(member)}.{member.Name}",
        _ => throw new ArgumentException($"{member}: nothing of this kind is public yet.", nameof(member)),
    };

    private static string TypeOf(MemberInfo member) => member.DeclaringType!.FullName!.Replace('+', '.');

    private static string ParametersOf(MethodBase method)
        => method.GetParameters() is { Length: > 0 } parameters ? $"({string.Join(',', parameters.Select(p => NameOf(p.ParameterType)))})" : "";

    private static string NameOf(Type type)
        => type.IsGenericMethodParameter ? $"``{type.GenericParameterPosition}"
            : type.IsGenericTypeParameter ? $"`{type.GenericParameterPosition}"
            : type.IsByRef ? NameOf(type.GetElementType()!) + "@"
            : type.IsArray ? NameOf(type.GetElementType()!) + "[]"
            : type.IsGenericType ? $"{type.GetGenericTypeDefinition().FullName!.Split('`')[0].Replace('+', '.')}{{{string.Join(',', type.GetGenericArguments().Select(NameOf))}}}"
            : type.FullName!.Replace('+', '.');

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Spaces();

    [GeneratedRegex("`+[0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Arity();
}

using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace ZooCache.Tests;

/// <summary>
/// Writes the public API of an assembly as text: one line per type and member, sorted, so that a review shows each change.
/// </summary>
public static class PublicApiPrinter
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool",
        [typeof(char)] = "char", [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short",
        [typeof(ushort)] = "ushort", [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long",
        [typeof(ulong)] = "ulong", [typeof(float)] = "float", [typeof(double)] = "double", [typeof(decimal)] = "decimal",
    };

    public static string Print(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Header(type)).Append('\n');
            foreach (var member in MembersOf(type).Select(m => m.Text).Order(StringComparer.Ordinal))
            {
                text.Append("    ").Append(member).Append('\n');
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Compares the API with the approved file beside the test assembly; on a difference writes the received one there.</summary>
    public static (string Approved, string Received) Compare(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var name = $"PublicApi.{assembly.GetName().Name}";
        var approved = Path.Combine(AppContext.BaseDirectory, $"{name}.approved.txt");
        var received = Print(assembly);
        var known = File.Exists(approved) ? File.ReadAllText(approved).ReplaceLineEndings("\n") : "";
        if (known != received)
        {
            File.WriteAllText(Path.Combine(AppContext.BaseDirectory, $"{name}.received.txt"), received);
        }

        return (known, received);
    }

    /// <summary>A type as it is written in code.</summary>
    public static string NameOf(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Name(type);
    }

    /// <summary>What a type is, its name, and what it is made from.</summary>
    public static string Header(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        var kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsValueType: true } => "struct",
            _ when typeof(Delegate).IsAssignableFrom(type) => "delegate",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsSealed: true } => "sealed class",
            { IsAbstract: true } => "abstract class",
            _ => "class",
        };
        if (type.IsValueType && !type.IsEnum && type.GetCustomAttributesData().Any(data => data.AttributeType.Name == "IsReadOnlyAttribute"))
        {
            kind = "readonly struct";
        }

        var bases = type.GetInterfaces().Except(type.BaseType?.GetInterfaces() ?? [])
            .Where(contract => contract.IsVisible && !type.IsEnum).Select(Name).Order(StringComparer.Ordinal).ToList();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && !type.IsEnum)
        {
            bases.Insert(0, Name(parent));
        }

        return $"{kind} {type.Namespace}.{Name(type)}{(bases.Count == 0 ? "" : " : " + string.Join(", ", bases))}";
    }

    /// <summary>The members that users of the type see, in no order, with the line that stands for each.</summary>
    public static IEnumerable<(MemberInfo Member, string Text)> MembersOf(Type type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return Members(type);
    }

    private static IEnumerable<(MemberInfo Member, string Text)> Members(Type type)
    {
        foreach (var field in type.GetFields(Declared).Where(field => !field.IsSpecialName && (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly)))
        {
            yield return (field, field.IsLiteral
                ? type.IsEnum ? $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)}" : $"const {Name(field.FieldType)} {field.Name} = {Constant(field.GetRawConstantValue())}"
                : $"{Access(field.IsPublic)}{(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}");
        }

        foreach (var constructor in type.GetConstructors(Declared).Where(IsSeen))
        {
            yield return (constructor, $"{Access(constructor.IsPublic)}{Name(type)}({Parameters(constructor)})");
        }

        foreach (var property in type.GetProperties(Declared))
        {
            var accessors = new[] { property.GetMethod, property.SetMethod }.Where(accessor => accessor is not null && IsSeen(accessor)).ToList();
            if (accessors.Count > 0)
            {
                yield return (property, $"{Modifiers(accessors[0]!)}{Name(property.PropertyType)}{Nullable(property)} {property.Name} {{ {string.Concat(accessors.Select(Accessor))}}}");
            }
        }

        foreach (var happening in type.GetEvents(Declared).Where(happening => IsSeen(happening.AddMethod!)))
        {
            yield return (happening, $"{Modifiers(happening.AddMethod!)}event {Name(happening.EventHandlerType!)} {happening.Name}");
        }

        foreach (var method in type.GetMethods(Declared).Where(method => IsSeen(method) && !IsAccessor(method) && !IsGenerated(method)))
        {
            var generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";
            yield return (method, $"{Modifiers(method)}{Name(method.ReturnType)}{Nullable(method.ReturnParameter)} {method.Name}{generic}({Parameters(method)})");
        }
    }

    private static bool IsSeen(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) => method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static bool IsGenerated(MethodInfo method) => method.Name.Contains('<', StringComparison.Ordinal);

    private static string Access(bool isPublic) => isPublic ? "" : "protected ";

    private static string Modifiers(MethodInfo method) =>
        Access(method.IsPublic)
        + (method.IsStatic ? "static " : method.DeclaringType!.IsInterface ? "" : method.GetBaseDefinition() != method ? "override " : method.IsAbstract ? "abstract " : method.IsVirtual && !method.IsFinal ? "virtual " : "");

    private static string Accessor(MethodInfo? accessor) =>
        accessor!.ReturnType != typeof(void) ? "get; "
        : accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init; " : "set; ";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
    {
        var extension = parameter.Position == 0 && method.IsDefined(typeof(ExtensionAttribute), inherit: false) ? "this " : "";
        var direction = !parameter.ParameterType.IsByRef ? "" : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";
        var many = parameter.GetCustomAttributesData().Any(data => data.AttributeType.Name is "ParamArrayAttribute" or "ParamCollectionAttribute") ? "params " : "";
        var fallback = parameter.HasDefaultValue ? $" = {Constant(parameter.DefaultValue)}" : "";
        return $"{extension}{many}{direction}{Name(parameter.ParameterType)}{Nullable(parameter)} {parameter.Name}{fallback}";
    }));

    private static string Constant(object? value) => value switch
    {
        null => "default",
        string given => $"\"{given}\"",
        bool given => given ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Nullable(ParameterInfo parameter) =>
        Mark(parameter.ParameterType, () => new NullabilityInfoContext().Create(parameter));

    private static string Nullable(PropertyInfo property) =>
        Mark(property.PropertyType, () => new NullabilityInfoContext().Create(property));

    private static string Mark(Type type, Func<NullabilityInfo> info)
    {
        var bare = type.IsByRef ? type.GetElementType()! : type;
        return !bare.IsValueType && !bare.IsGenericParameter && (info() is { } known && (known.ReadState == NullabilityState.Nullable || known.WriteState == NullabilityState.Nullable)) ? "?" : "";
    }

    private static string Name(Type type)
    {
        if (type.IsByRef)
        {
            return Name(type.GetElementType()!);
        }

        if (type.IsArray)
        {
            return Name(type.GetElementType()!) + "[]";
        }

        if (System.Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Name(underlying) + "?";
        }

        if (Keywords.TryGetValue(type, out var keyword))
        {
            return keyword;
        }

        var own = type.Name.Split('`')[0];
        var outer = type is { IsNested: true, IsGenericParameter: false } ? Name(type.DeclaringType!) + "." : "";
        return outer + own + (type.IsGenericType ? $"<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : "");
    }
}

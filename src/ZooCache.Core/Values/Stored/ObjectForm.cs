using System.Reflection;
using System.Runtime.CompilerServices;

namespace ZooCache.Values;

/// <summary>An object of one very type, or a structure, field by field.</summary>
internal sealed class ObjectForm(Type type) : StoredForm
{
    private (FieldInfo Info, StoredForm Form)[] fields = [];

    /// <summary>Finds the forms of the fields; false if one has none.</summary>
    internal bool TryComplete(Func<Type, StoredForm?> find)
    {
        var all = new List<(FieldInfo, StoredForm)>();
        foreach (var info in FieldShape.FieldsOf(type).OrderBy(f => f.DeclaringType!.FullName, StringComparer.Ordinal).ThenBy(f => f.Name, StringComparer.Ordinal))
        {
            if (info.FieldType == type && type.IsValueType)
            {
                return false;
            }

            if (find(info.FieldType) is not { } form)
            {
                return false;
            }

            all.Add((info, form));
        }

        fields = [.. all];
        return true;
    }

    internal override void Write(object? value, ValueWriter writer)
    {
        writer.To.Byte(value is null ? (byte)0 : (byte)1);
        if (value is null)
        {
            return;
        }

        if (value.GetType() != type)
        {
            throw new UncopyableValueException($"It is a {value.GetType()} where a {type} is declared.");
        }

        writer.Enter(value);
        foreach (var (info, form) in fields)
        {
            form.Write(info.GetValue(value), writer);
        }

        writer.Leave();
    }

    internal override object? Read(ref MessageReader reader)
    {
        if (!reader.Flag())
        {
            // There is always a structure.
            return type.IsValueType ? Failed(ref reader) : null;
        }

        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            return Failed(ref reader);
        }

        var value = RuntimeHelpers.GetUninitializedObject(type);
        for (var i = 0; i < fields.Length && !reader.HasFailed; i++)
        {
            fields[i].Info.SetValue(value, fields[i].Form.Read(ref reader));
        }

        return value;
    }

    private object Failed(ref MessageReader reader)
    {
        reader.Fail();
        return RuntimeHelpers.GetUninitializedObject(type);
    }

    internal override void Describe(FormDescription description)
    {
        description.Add(type.Assembly.GetName().Name!).Add(type.ToString());
        foreach (var (info, form) in fields)
        {
            description.Add(info.DeclaringType!.ToString()).Add(info.Name).Add(form);
        }
    }
}

using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ZooCache.AspNetCore.Inputs;

namespace ZooCache.AspNetCore.Responses;

/// <summary>Names the response to a request by everything that it varies by.</summary>
internal static class ResponseKey
{
    /// <summary>Writes the key; false if the request has something that can't be part of one.</summary>
    /// <param name="key">Where.</param>
    /// <param name="endpoint">The number of the endpoint.</param>
    /// <param name="context">The request.</param>
    /// <param name="values">What the application says that responses vary by.</param>
    /// <param name="inputs">What the endpoint is known to read besides.</param>
    internal static bool TryWrite(KeyBuffer key, long endpoint, HttpContext context, IReadOnlyList<Func<HttpContext, string?>> values, RequestInput[] inputs)
    {
        var request = context.Request;
        key.Write((long)KeySpace.Response);
        key.Write(endpoint);
        Write(key, request.Scheme);
        Write(key, request.Host.Value);
        Write(key, request.PathBase.Value);
        Write(key, request.Path.Value);
        WriteCulture(key, CultureInfo.CurrentCulture);
        Write(key, CultureInfo.CurrentUICulture.Name);
        if (!TryWriteRoute(key, request))
        {
            return false;
        }

        foreach (var value in values)
        {
            Write(key, value(context));
        }

        foreach (var input in inputs)
        {
            if (input.IsAbsence)
            {
                if (!IsAbsent(context, input))
                {
                    return false;
                }

                continue;
            }

            KeyScalars.WriteTag(key, KeyTag.Varying);
            key.Write((byte)input.Kind);
            Write(key, input.Name);
            if (!TryWrite(key, context, input))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The name of a culture; and of one that can be changed, what numbers and dates look like.</summary>
    private static void WriteCulture(KeyBuffer key, CultureInfo culture)
    {
        Write(key, culture.Name);
        if (culture.IsReadOnly)
        {
            return;
        }

        var (numbers, dates) = (culture.NumberFormat, culture.DateTimeFormat);
        WriteAll(
            key,
            [
                numbers.NumberDecimalSeparator, numbers.NumberGroupSeparator, numbers.NegativeSign, numbers.CurrencySymbol, numbers.CurrencyDecimalSeparator, numbers.CurrencyGroupSeparator,
                numbers.PercentSymbol, numbers.PercentDecimalSeparator, dates.ShortDatePattern, dates.LongDatePattern, dates.ShortTimePattern, dates.LongTimePattern, dates.FullDateTimePattern,
                dates.MonthDayPattern, dates.YearMonthPattern, dates.DateSeparator, dates.TimeSeparator, dates.AMDesignator, dates.PMDesignator, culture.TextInfo.ListSeparator,
                dates.Calendar.GetType().Name,
            ]);
        key.Write(numbers.NumberDecimalDigits);
        key.Write(numbers.CurrencyDecimalDigits);
        key.Write((numbers.CurrencyPositivePattern * 100) + (numbers.CurrencyNegativePattern * 10) + numbers.NumberNegativePattern);
        key.Write(((int)dates.FirstDayOfWeek * 10) + (int)dates.CalendarWeekRule);
    }

    private static bool TryWriteRoute(KeyBuffer key, HttpRequest request)
    {
        KeyScalars.WriteTag(key, KeyTag.Items);
        foreach (var (name, value) in request.RouteValues)
        {
            if (value is not (null or string))
            {
                return false;
            }

            Write(key, name);
            Write(key, (string?)value);
        }

        KeyScalars.WriteTag(key, KeyTag.EndOfItems);
        return true;
    }

    private static bool TryWrite(KeyBuffer key, HttpContext context, RequestInput input)
    {
        var request = context.Request;
        switch (input.Kind)
        {
            case InputKind.Header:
                WriteAll(key, request.Headers[input.Name]);
                return true;
            case InputKind.Query:
                WriteAll(key, request.Query[input.Name]);
                return true;
            case InputKind.Cookie:
                Write(key, request.Cookies[input.Name]);
                return true;
            case InputKind.QueryNames:
                WriteAll(key, request.Query.Keys);
                return true;
            case InputKind.WholeQuery:
                // Somebody may have made other values of it than its text says.
                Write(key, request.QueryString.Value);
                foreach (var (name, values) in request.Query)
                {
                    Write(key, name);
                    WriteAll(key, values);
                }

                return true;
            case InputKind.AllCookies:
                foreach (var (name, value) in request.Cookies)
                {
                    Write(key, name);
                    Write(key, value);
                }

                return true;
            case InputKind.RawTarget:
                Write(key, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
                return true;
            case InputKind.Protocol:
                Write(key, request.Protocol);
                return true;
            default:
                var identity = RequestIdentity.Of(context.User);
                WriteAll(key, identity ?? []);
                return identity is not null;
        }
    }

    private static bool IsAbsent(HttpContext context, RequestInput input) => input.Kind switch
    {
        InputKind.ResponseHeader => !context.Response.Headers.ContainsKey(input.Name),
        InputKind.Item => !context.Items.ContainsKey(input.Subject!),
        _ => context.Features[(Type)input.Subject!] is null,
    };

    private static void WriteAll(KeyBuffer key, IEnumerable<string?> values)
    {
        KeyScalars.WriteTag(key, KeyTag.Items);
        foreach (var value in values)
        {
            Write(key, value);
        }

        KeyScalars.WriteTag(key, KeyTag.EndOfItems);
    }

    private static void Write(KeyBuffer key, string? value)
    {
        if (value is null)
        {
            KeyScalars.WriteTag(key, KeyTag.Null);
        }
        else
        {
            KeyScalars.WriteBytes(key, KeyTag.String, MemoryMarshal.AsBytes(value.AsSpan()));
        }
    }
}

using Google.Protobuf.Reflection;

namespace Rke.Grpc.Services;

/// <summary>Every file that the reflected services need, by name, by the symbols and the extensions in it.</summary>
public sealed class DescriptorIndex
{
    private readonly SortedSet<string> _services = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _symbols = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<int, FileDescriptor>> _extensions =
        new(StringComparer.Ordinal);

    public DescriptorIndex(IEnumerable<ReflectedService> services)
    {
        ArgumentNullException.ThrowIfNull(services);
        foreach (var service in services)
        {
            _services.Add(service.Descriptor.FullName);
            AddFile(service.Descriptor.File);
        }
    }

    /// <summary>The full names of the services, in order.</summary>
    public IReadOnlyCollection<string> Services => _services;

    public FileDescriptor? FindFile(string name) => _files.GetValueOrDefault(name);

    /// <summary>The file of a service, method, message, field, oneof, enum, enum value or extension.</summary>
    public FileDescriptor? FindSymbol(string fullName) => _symbols.GetValueOrDefault(fullName);

    public FileDescriptor? FindExtension(string containingType, int number) =>
        _extensions.GetValueOrDefault(containingType)?.GetValueOrDefault(number);

    /// <summary>The numbers of all known extensions of a message, in order; null if there is no such message.</summary>
    public IReadOnlyCollection<int>? FindExtensionNumbers(string containingType) =>
        _extensions.GetValueOrDefault(containingType)?.Keys;

    private void AddFile(FileDescriptor file)
    {
        if (!_files.TryAdd(file.Name, file))
        {
            return;
        }

        foreach (var dependency in file.Dependencies)
        {
            AddFile(dependency);
        }

        foreach (var service in file.Services)
        {
            AddSymbol(service);
            AddSymbols(service.Methods);
        }

        foreach (var message in file.MessageTypes)
        {
            AddMessage(message);
        }

        foreach (var type in file.EnumTypes)
        {
            AddEnum(type);
        }

        AddExtensions(file.Extensions);
    }

    private void AddMessage(MessageDescriptor message)
    {
        AddSymbol(message);
        ExtensionsOf(message);
        AddSymbols(message.Fields.InDeclarationOrder());
        AddSymbols(message.Oneofs);
        foreach (var nested in message.NestedTypes)
        {
            AddMessage(nested);
        }

        foreach (var type in message.EnumTypes)
        {
            AddEnum(type);
        }

        AddExtensions(message.Extensions);
    }

    private void AddEnum(EnumDescriptor type)
    {
        AddSymbol(type);

        // An enum's values are named in the scope around it, as in C++.
        var around = type.FullName[..^type.Name.Length];
        foreach (var value in type.Values)
        {
            _symbols.TryAdd(around + value.Name, type.File);
        }
    }

    private void AddExtensions(ExtensionCollection extensions)
    {
        foreach (var extension in extensions.UnorderedExtensions)
        {
            AddSymbol(extension);
            ExtensionsOf(extension.ExtendeeType).TryAdd(extension.FieldNumber, extension.File);
        }
    }

    // Every message gets a place, so that one without extensions can be told from one that does not exist.
    private SortedDictionary<int, FileDescriptor> ExtensionsOf(MessageDescriptor message)
    {
        if (!_extensions.TryGetValue(message.FullName, out var extensions))
        {
            _extensions[message.FullName] = extensions = [];
        }

        return extensions;
    }

    private void AddSymbols(IEnumerable<IDescriptor> symbols)
    {
        foreach (var symbol in symbols)
        {
            AddSymbol(symbol);
        }
    }

    private void AddSymbol(IDescriptor symbol) => _symbols.TryAdd(symbol.FullName, symbol.File);
}

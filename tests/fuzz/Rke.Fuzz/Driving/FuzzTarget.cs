namespace Rke.Fuzz.Driving;

/// <summary>Code under test, and the properties that it must have for every input.</summary>
internal abstract class FuzzTarget(string name)
{
    /// <summary>The name on the command line, and of the folder with the corpus.</summary>
    public string Name { get; } = name;

    /// <summary>The maximum length of an input in bytes. It is longer than what the product accepts.</summary>
    public virtual int MaxLength => 4096;

    /// <summary>Whether inputs are text. The mutator then prefers printable characters.</summary>
    public virtual bool IsText => false;

    /// <summary>Byte sequences that the mutator inserts.</summary>
    public virtual IReadOnlyList<byte[]> Words => [];

    /// <summary>The maximum time of one execution, properties included. The fastest of several repetitions counts.</summary>
    public virtual TimeSpan TimeLimit => TimeSpan.FromMilliseconds(20);

    /// <summary>An execution that takes longer never ends, or its work grows out of bounds.</summary>
    public virtual TimeSpan HangLimit => TimeSpan.FromSeconds(20);

    /// <summary>The maximum of the bytes that one execution allocates, properties included.</summary>
    public virtual long AllocationLimit(int inputLength) => (64 << 10) + (64L * inputLength);

    /// <summary>Inputs in addition to the files of the corpus.</summary>
    public virtual IEnumerable<byte[]> Seeds() => [];

    /// <summary>Runs the code with an input. An exception is a finding.</summary>
    public abstract void Run(ReadOnlySpan<byte> input);
}

/// <summary>The code under test does not have a property.</summary>
internal sealed class PropertyViolation(string message) : Exception(message)
{
    public static void Unless(bool holds, string property)
    {
        if (!holds)
        {
            throw new PropertyViolation(property);
        }
    }
}

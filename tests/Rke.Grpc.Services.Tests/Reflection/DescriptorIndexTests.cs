using Rke.Grpc.Services.Tests.Shelf;

namespace Rke.Grpc.Services.Tests;

public sealed class DescriptorIndexTests
{
    private readonly DescriptorIndex _index = new([new ReflectedService(Library.Descriptor)]);

    [Fact]
    public void Services_are_listed_once()
    {
        var index = new DescriptorIndex(
            [new ReflectedService(Library.Descriptor), new ReflectedService(Library.Descriptor)]);

        Assert.Equal(["shelf.Library"], index.Services);
    }

    [Theory]
    [InlineData("shelf.Library")]
    [InlineData("shelf.Library.Find")]
    [InlineData("shelf.Book")]
    [InlineData("shelf.Book.chapters")]
    [InlineData("shelf.Book.place")]
    [InlineData("shelf.Book.room")]
    [InlineData("shelf.Book.Chapter")]
    [InlineData("shelf.Book.Chapter.title")]
    [InlineData("shelf.Book.Binding")]
    [InlineData("shelf.Book.BINDING_SEWN")]
    [InlineData("shelf.Genre")]
    [InlineData("shelf.GENRE_UNSPECIFIED")]
    [InlineData("shelf.weight")]
    [InlineData("shelf.Loan.borrower")]
    public void Symbol_leads_to_its_file(string symbol) =>
        Assert.Equal("shelf/book.proto", _index.FindSymbol(symbol)?.Name);

    [Fact]
    public void Imported_symbol_leads_to_its_own_file() =>
        Assert.Equal("shelf/paper.proto", _index.FindSymbol("shelf.Paper.grams")?.Name);

    [Theory]
    [InlineData("")]
    [InlineData("shelf")]
    [InlineData(".shelf.Book")]
    [InlineData("shelf.Book.")]
    [InlineData("shelf.Book.Binding.BINDING_SEWN")]
    public void Other_names_lead_nowhere(string symbol) => Assert.Null(_index.FindSymbol(symbol));

    [Theory]
    [InlineData("shelf/book.proto", true)]
    [InlineData("shelf/paper.proto", true)]
    [InlineData("book.proto", false)]
    public void Files_are_known_by_their_whole_name(string name, bool known) =>
        Assert.Equal(known, _index.FindFile(name) is not null);

    [Theory]
    [InlineData("shelf.Book", 101, true)]
    [InlineData("shelf.Book", 102, true)]
    [InlineData("shelf.Book", 103, false)]
    [InlineData("shelf.Paper", 101, false)]
    public void Extensions_are_known_by_message_and_number(string type, int number, bool known) =>
        Assert.Equal(known ? "shelf/book.proto" : null, _index.FindExtension(type, number)?.Name);

    [Fact]
    public void Extension_numbers_come_in_order_and_only_for_messages()
    {
        Assert.Equal([101, 102], _index.FindExtensionNumbers("shelf.Book")!);
        Assert.Equal([], _index.FindExtensionNumbers("shelf.Book.Chapter")!);
        Assert.Null(_index.FindExtensionNumbers("shelf.Genre"));
        Assert.Null(_index.FindExtensionNumbers("shelf.Nothing"));
    }
}

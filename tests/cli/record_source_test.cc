#include "cli/record_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cli/pieces_source.h"
#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using std::string_literals::operator""s;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Outcome {
  std::vector<std::string> records;  // "line:name=value|name=value"
  absl::Status status;
  uint64_t line = 0;  // where it ended
};

Outcome ReadAll(RecordFormat format, std::string_view bytes, size_t piece) {
  PiecesSource source(bytes, piece);
  Input input(&source, size_t{1} << 20);
  const std::unique_ptr<RecordSource> records = MakeRecordSource(format, &input);
  Outcome outcome;
  std::vector<FieldView> fields;
  for (;;) {
    const absl::StatusOr<bool> more = records->Next(&fields);
    outcome.line = records->line();
    if (!more.ok() || !*more) {
      outcome.status = more.status();
      return outcome;
    }
    std::string text = std::to_string(records->line()) + ":";
    for (const FieldView& field : fields) {
      if (text.back() != ':' || &field != &fields.front()) text += "|";
      text.append(field.name).append("=").append(field.value);
    }
    outcome.records.push_back(std::move(text));
  }
}

// All sizes of pieces must give the same; returns what they give.
Outcome ReadInAllPieces(RecordFormat format, std::string_view bytes) {
  const Outcome whole = ReadAll(format, bytes, SIZE_MAX);
  for (size_t piece : {1, 2, 3, 7}) {
    const Outcome cut = ReadAll(format, bytes, piece);
    EXPECT_EQ(cut.records, whole.records) << piece;
    EXPECT_EQ(cut.status, whole.status) << piece;
    EXPECT_EQ(cut.line, whole.line) << piece;
  }
  return whole;
}

TEST(LinesSourceTest, ALineIsWhatStandsBeforeItsNewline) {
  const Outcome outcome = ReadInAllPieces(RecordFormat::kLines, "one\n\ntwo \r\n\0\xff\nlast"s);
  EXPECT_OK(outcome.status);
  EXPECT_THAT(outcome.records, ElementsAre("1:line=one", "2:line=", "3:line=two \r",
                                           "4:line=\0\xff"s, "5:line=last"));
}

TEST(LinesSourceTest, NothingIsNoLine) {
  EXPECT_THAT(ReadInAllPieces(RecordFormat::kLines, "").records, testing::IsEmpty());
  EXPECT_THAT(ReadInAllPieces(RecordFormat::kLines, "\n").records, ElementsAre("1:line="));
}

TEST(LinesSourceTest, LongLinesGrowTheWindowUpToItsBound) {
  const std::string line(900'000, 'x');
  const Outcome outcome = ReadAll(RecordFormat::kLines, line + "\n" + line + "\n", 50'000);
  EXPECT_OK(outcome.status);
  ASSERT_EQ(outcome.records.size(), 2u);
  EXPECT_EQ(outcome.records[1], "2:line=" + line);

  const Outcome beyond =
      ReadAll(RecordFormat::kLines, "ok\n" + std::string(3 << 20, 'x'), SIZE_MAX);
  EXPECT_THAT(beyond.status, StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("a record of more than 1048576 bytes")));
  EXPECT_EQ(beyond.records.size(), 1u);
  EXPECT_EQ(beyond.line, 2u);
}

TEST(JsonLinesSourceTest, ALineIsAnObject) {
  const Outcome outcome = ReadInAllPieces(RecordFormat::kJsonLines,
                                          "\xef\xbb\xbf{\"b\":\"two\",\"a\":\"o\\ne\"}\n"
                                          "\n  \t\r\n"
                                          " { \"n\" : 1 } \r\n"
                                          "{\"\":\"\"}");
  EXPECT_OK(outcome.status);
  EXPECT_THAT(outcome.records, ElementsAre("1:b=two|a=o\ne", "4:n=1", "5:="));
}

TEST(JsonLinesSourceTest, ErrorsKeepWhatStoodBefore) {
  for (const char* bad : {"[1]", "{}", "{\"a\":1", "line"}) {
    SCOPED_TRACE(bad);
    const Outcome outcome = ReadInAllPieces(
        RecordFormat::kJsonLines, "{\"a\":\"1\"}\n\n" + std::string(bad) + "\n{\"a\":2}\n");
    EXPECT_THAT(outcome.status, StatusIs(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(outcome.records, ElementsAre("1:a=1"));
    EXPECT_EQ(outcome.line, 3u);
  }
}

TEST(CsvSourceTest, TheHeaderNamesTheFields) {
  const Outcome outcome = ReadInAllPieces(RecordFormat::kCsv,
                                          "\xef\xbb\xbfid,\"full \"\"name\"\"\",note\r\n"
                                          "1,Ann,plain\n"
                                          "2,\"Bo, jr.\",\"two\r\nlines\"\r\n"
                                          "\n"
                                          "3,,\"say \"\"hi\"\"\"\n"
                                          "4,\"\",last");
  EXPECT_OK(outcome.status);
  EXPECT_THAT(outcome.records, ElementsAre("2:id=1|full \"name\"=Ann|note=plain",
                                           "3:id=2|full \"name\"=Bo, jr.|note=two\r\nlines",
                                           "6:id=3|full \"name\"=|note=say \"hi\"",
                                           "7:id=4|full \"name\"=|note=last"));
}

TEST(CsvSourceTest, OneColumnKeepsBlankLines) {
  const Outcome outcome = ReadInAllPieces(RecordFormat::kCsv, "line\na\n\nb\n");
  EXPECT_OK(outcome.status);
  EXPECT_THAT(outcome.records, ElementsAre("2:line=a", "3:line=", "4:line=b"));
}

TEST(CsvSourceTest, AHeaderAloneHasNoRecords) {
  EXPECT_OK(ReadInAllPieces(RecordFormat::kCsv, "a,b\n").status);
  EXPECT_OK(ReadInAllPieces(RecordFormat::kCsv, "").status);
}

TEST(CsvSourceTest, ErrorsNameTheLineAndTheColumn) {
  struct Row {
    const char* bad;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"1", "1 values where the header names 2 fields"},
      {"1,2,3", "3 values where the header names 2 fields"},
      {"1,x\"y\"", "a quote within an unquoted value, in column 2"},
      {"\"1\"x,2", "bytes after the closing quote, in column 1"},
      {"1,\"2", "a quoted value that never ends"},
  };
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.bad);
    const Outcome outcome = ReadInAllPieces(
        RecordFormat::kCsv, "a,b\n1,\"multi\nline\"\n" + std::string(row.bad) + "\n");
    EXPECT_THAT(outcome.status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(row.says)));
    EXPECT_EQ(outcome.records.size(), 1u);
    EXPECT_EQ(outcome.line, 4u);
  }
}

}  // namespace
}  // namespace evlog::cli

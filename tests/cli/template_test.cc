#include "cli/template.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/cli/entry_builder.h"
#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using std::string_literals::operator""s;
using ::testing::HasSubstr;

std::string Expand(std::string_view text, const EntryView& entry) {
  const absl::StatusOr<Template> parsed = Template::Parse(text);
  if (!parsed.ok()) return parsed.status().ToString();
  std::string out;
  parsed->Append(entry, {"s"}, &out);
  return out;
}

TEST(TemplateTest, ColumnsAndEscapes) {
  EntryBuilder entry({{"type", "created"}, {"n", "1"}, {"n", "2"}, {"odd}name", "x y"}});
  entry.Id({1795170896789, 4097}).Offset(12).Partition(1).Key("user 7");
  struct Row {
    std::string text;
    std::string line;
  };
  const Row rows[] = {
      {"", ""},
      {"plain", "plain"},
      {"{id}", "1795170896789-4097"},
      {"{offset}/{partition}", "12/1"},
      {"[{key}]", "[user 7]"},
      {"{time}", "2026-11-20T10:34:56.789Z"},
      {"{field:type}", "created"},
      {"{field:n}", "1"},
      {"{field:none}", ""},
      {"{field:odd\\}name}", "x y"},
      {"{field:}", ""},
      {"{fields}", "type=created n=1 n=2 odd}name=\"x y\""},
      {"{{}}", "{}"},
      {"{{id}}", "{id}"},
      {"{{{id}}}", "{1795170896789-4097}"},
      {"a\\tb\\nc\\rd\\\\e\\{\\}", "a\tb\nc\rd\\e{}"},
      {"\\0", "\0"s},
  };
  for (const Row& row : rows) EXPECT_EQ(Expand(row.text, entry.view()), row.line) << row.text;
}

TEST(TemplateTest, AnEntryWithoutAKeyHasNothingThere) {
  EXPECT_EQ(Expand("[{key}]", EntryBuilder({{"a", "b"}}).view()), "[]");
}

TEST(TemplateTest, ErrorsNameTheColumn) {
  struct Row {
    const char* text;
    const char* says;
  };
  static constexpr Row kRows[] = {
      {"{id", "column 1: this \"{\" is never closed"},
      {"ab{id", "column 3: this \"{\" is never closed"},
      {"{id} }", "column 6: a single \"}\""},
      {"{nix}", "column 1: unknown \"nix\""},
      {"{id} {ID}", "column 6: unknown \"ID\""},
      {"{}", "column 1: unknown \"\""},
      {"{fields:x}", "column 1: unknown"},
      {"{fie{ld}", "column 5: a \"{\" within braces"},
      {"{id}\\x", "column 5: unknown escape"},
      {"{id}\\", "column 5: unknown escape"},
  };
  for (const Row& row : kRows) {
    EXPECT_THAT(Template::Parse(row.text).status(),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(row.says)))
        << row.text;
  }
}

}  // namespace
}  // namespace evlog::cli

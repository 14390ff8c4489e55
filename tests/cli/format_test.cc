#include "cli/format.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "cli/stream_report.h"
#include "tests/cli/entry_builder.h"
#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using std::string_literals::operator""s;
using ::testing::HasSubstr;

std::string Format(const std::string& format, const EntryView& entry, char terminator = '\n') {
  const auto formatter = MakeFormatter({format, terminator});
  if (!formatter.ok()) return formatter.status().ToString();
  std::string out;
  (*formatter)->Append(entry, &out);
  return out;
}

TEST(FormatTest, Text) {
  EntryBuilder entry({{"type", "created"}, {"by", "J. Doe"}, {"bin", "\x01"}});
  entry.Id({5, 3});
  EXPECT_EQ(Format("text", entry.view()), "5-3  -  type=created by=\"J. Doe\" bin=\"\\x01\"\n");
  entry.Key("user:7");
  EXPECT_EQ(Format("text", entry.view()),
            "5-3  user:7  type=created by=\"J. Doe\" bin=\"\\x01\"\n");
  entry.Key("-");
  EXPECT_THAT(Format("text", entry.view()), testing::StartsWith("5-3  \"-\"  "));
}

TEST(FormatTest, RawWritesEachValueAsItIs) {
  const std::string binary = "\0\n\xff"s;
  const EntryBuilder entry({{"a", "one"}, {"b", binary}, {"c", ""}});
  EXPECT_EQ(Format("raw", entry.view()), "one\t" + binary + "\t\n");
  EXPECT_EQ(Format("raw", entry.view(), '\0'), "one\t" + binary + "\t\0"s);
}

// docs/json-output.md promises these bytes: members may be added at the end, nothing else changes.
TEST(FormatTest, JsonContract) {
  EntryBuilder entry({{"a", "1"}, {"a", "\xff"}, {"\xfe", "z"}});
  entry.Id({5, 3}).Offset(2).Partition(1);
  EXPECT_EQ(Format("json", entry.view()),
            R"({"id":"5-3","offset":2,"partition":1,"key":null,"fields":)"
            R"([["a","1"],["a",{"base64":"/w=="}],[{"base64":"/g=="},"z"]]})"
            "\n");
  entry.Key("k");
  EXPECT_THAT(Format("json", entry.view()), HasSubstr(R"("key":"k",)"));
  entry.Key("\xff");
  EXPECT_THAT(Format("json", entry.view()), HasSubstr(R"("key":{"base64":"/w=="},)"));
  EXPECT_TRUE(nlohmann::json::accept(Format("json", entry.view())));
}

TEST(FormatTest, TemplateHasATerminator) {
  const EntryBuilder entry({{"a", "1"}});
  EXPECT_EQ(Format("{id}:{field:a}", entry.view()), "1-1:1\n");
  EXPECT_EQ(Format("{id}", entry.view(), '\0'), "1-1\0"s);
}

TEST(FormatTest, UnknownNamesAreRefused) {
  EXPECT_THAT(MakeFormatter({"yaml", '\n'}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"yaml\": text, json, raw")));
  EXPECT_THAT(MakeFormatter({"{nix}", '\n'}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("column 1")));
}

StreamInfo TwoPartitions() {
  StreamInfo info;
  info.name = "orders";
  info.options.partitions = 2;
  info.options.durability = Durability::kOs;
  info.entries = 3;
  info.last_id = {5, 1025};
  info.partitions = {{0, 2, 2, 20, {4, 0}, {}}, {7, 8, 1, 11, {5, 1025}, {}}};
  return info;
}

TEST(StreamReportTest, JsonContract) {
  std::string out;
  AppendStreamJson(TwoPartitions(), /*with_partitions=*/true, &out);
  EXPECT_EQ(out, R"({"stream":"orders","partitions":2,"durability":"os","entries":3,)"
                 R"("last_id":"5-1025","partition_list":[)"
                 R"({"partition":0,"first_offset":0,"next_offset":2,"last_id":"4-0"},)"
                 R"({"partition":1,"first_offset":7,"next_offset":8,"last_id":"5-1025"}]})");
  out.clear();
  StreamInfo empty;
  empty.name = "\xff";
  AppendStreamJson(empty, /*with_partitions=*/false, &out);
  EXPECT_EQ(out, R"({"stream":{"base64":"/w=="},"partitions":1,"durability":"sync","entries":0,)"
                 R"("last_id":null})");
}

TEST(StreamReportTest, TableIsAligned) {
  std::string out;
  StreamInfo empty;
  empty.name = "a name with spaces";
  AppendStreamTable({TwoPartitions(), empty}, &out);
  EXPECT_EQ(out,
            "STREAM                PARTITIONS  DURABILITY  ENTRIES  LAST ID\n"
            "orders                         2  os                3  5-1025\n"
            "\"a name with spaces\"           1  sync              0  -\n");
}

TEST(StreamReportTest, TextNamesEachPartition) {
  std::string out;
  AppendStreamText(TwoPartitions(), &out);
  EXPECT_EQ(out,
            "stream      orders\n"
            "partitions  2\n"
            "durability  os\n"
            "entries     3\n"
            "last id     5-1025\n"
            "last time   1970-01-01T00:00:00.005Z\n"
            "\n"
            "PARTITION  FIRST OFFSET  NEXT OFFSET  ENTRIES  LAST ID\n"
            "        0             0            2        2  4-0\n"
            "        1             7            8        1  5-1025\n");
}

}  // namespace
}  // namespace evlog::cli

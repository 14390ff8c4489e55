#include "cli/encode.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace evlog::cli {
namespace {

using std::string_literals::operator""s;

std::string Word(std::string_view bytes) {
  std::string out;
  AppendWord(bytes, &out);
  return out;
}

std::string JsonBytes(std::string_view bytes) {
  std::string out;
  AppendJsonBytes(bytes, &out);
  return out;
}

TEST(EncodeTest, WordsAreQuotedOnlyWhereTheyWouldBeAmbiguous) {
  struct Row {
    std::string bytes;
    std::string word;
  };
  const Row rows[] = {
      {"plain", "plain"},
      {"a,b;c:d/e", "a,b;c:d/e"},
      {"", "\"\""},
      {"-", "\"-\""},
      {"--", "--"},
      {"two words", "\"two words\""},
      {"a=b", "\"a=b\""},
      {"say \"hi\"", "\"say \\\"hi\\\"\""},
      {"back\\slash", "\"back\\\\slash\""},
      {"tab\tnewline\nreturn\r", "\"tab\\tnewline\\nreturn\\r\""},
      {"\0\x1b[31m\x7f"s, "\"\\x00\\x1b[31m\\x7f\""},
      {"gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
      {"\xc2\x9b", "\"\\xc2\\x9b\""},  // a control character of its own in UTF-8
      {"\xff\xfe", "\"\\xff\\xfe\""},
      {"cut \xe2\x82", "\"cut \\xe2\\x82\""},
  };
  for (const Row& row : rows) EXPECT_EQ(Word(row.bytes), row.word);
}

TEST(EncodeTest, Utf8IsFoundAlsoBehindManyBytes) {
  EXPECT_TRUE(IsUtf8("sixteen bytes of ASCII, then \xe2\x82\xac and more"));
  EXPECT_FALSE(IsUtf8("sixteen bytes of ASCII, then \xff and more"));
}

TEST(EncodeTest, EveryByteSurvivesJson) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = "a" + std::string(1, static_cast<char>(byte)) + "b";
    const auto json = nlohmann::json::parse(JsonBytes(text), nullptr, /*allow_exceptions=*/false);
    ASSERT_FALSE(json.is_discarded()) << byte;
    EXPECT_EQ(json.is_string(), byte < 0x80) << byte;
    if (json.is_string()) {
      EXPECT_EQ(json.get<std::string>(), text);
    }
  }
}

TEST(EncodeTest, BytesThatAreNoUtf8AreBase64) {
  EXPECT_EQ(JsonBytes("\xff"), R"({"base64":"/w=="})");
  EXPECT_EQ(JsonBytes("\xff\x00"s), R"({"base64":"/wA="})");
  EXPECT_EQ(JsonBytes("\xff\x00\x01"s), R"({"base64":"/wAB"})");
  EXPECT_EQ(JsonBytes("\xfb\xef\xbe\xff"), R"({"base64":"++++/w=="})");
}

TEST(EncodeTest, JsonStringsHaveShortEscapes) {
  EXPECT_EQ(JsonBytes("q\" b\\ n\n t\t r\r e\x1b z\0"s),
            R"("q\" b\\ n\n t\t r\r e\u001b z\u0000")");
}

TEST(EncodeTest, TimeOfAnId) {
  const auto time = [](uint64_t ms) {
    std::string out;
    AppendTime(EntryId{ms, 7}, &out);
    return out;
  };
  EXPECT_EQ(time(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(time(1795170896789), "2026-11-20T10:34:56.789Z");
  EXPECT_EQ(time(253402300799999), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(time(253402300800000), "253402300800000");
  EXPECT_EQ(time(UINT64_MAX), "18446744073709551615");
}

TEST(EncodeTest, NumbersForPeople) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(1234567), "1,234,567");
  EXPECT_EQ(CountText(0, "entry", "entries"), "0 entries");
  EXPECT_EQ(CountText(1, "entry", "entries"), "1 entry");
  EXPECT_EQ(CountText(1200, "entry", "entries"), "1,200 entries");
  EXPECT_EQ(HumanBytes(999), "999 B");
  EXPECT_EQ(HumanBytes(6'888'896), "6.9 MB");
  EXPECT_EQ(HumanBytes(999'960), "1.0 MB");
  EXPECT_EQ(HumanRate(1'000'000, absl::Milliseconds(500)), "2.0 M/s");
  EXPECT_EQ(HumanRate(999'999, absl::Seconds(1)), "1.0 M/s");
  EXPECT_EQ(HumanRate(5000, absl::Seconds(2)), "2.5 k/s");
  EXPECT_EQ(HumanRate(7, absl::Seconds(1)), "7/s");
  EXPECT_EQ(HumanRate(7, absl::ZeroDuration()), "7");
}

}  // namespace
}  // namespace evlog::cli

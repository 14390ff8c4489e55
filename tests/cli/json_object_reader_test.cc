#include "cli/json_object_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

using std::string_literals::operator""s;
using ::testing::HasSubstr;

// `name=value|name=value`, or the error.
std::string Read(std::string_view text) {
  JsonObjectReader reader;
  std::vector<FieldView> fields;
  const absl::Status status = reader.Read(text, &fields);
  if (!status.ok()) return status.ToString();
  std::string out;
  for (const FieldView& field : fields) {
    if (&field != &fields.front()) out += "|";
    out.append(field.name).append("=").append(field.value);
  }
  return out;
}

TEST(JsonObjectReaderTest, MembersBecomeFields) {
  struct Row {
    std::string text;
    std::string fields;
  };
  const Row rows[] = {
      {R"({})", ""},
      {R"( { } )", ""},
      {R"({"":""})", "="},
      {R"({"b":"2","a":"1","b":"3"})", "b=2|a=1|b=3"},
      {"\t{ \"a\"\r:\n\"x\" ,\"b\" : \"y\" } ", "a=x|b=y"},
      {R"({"t":true,"f":false,"n":null})", "t=true|f=false|n=null"},
      {R"({"a":0,"b":-0,"c":-12,"d":1.50,"e":1e3,"f":1E+30,"g":-0.0e-9})",
       "a=0|b=-0|c=-12|d=1.50|e=1e3|f=1E+30|g=-0.0e-9"},
      {R"({"big":123456789012345678901234567890,"huge":1e999})",
       "big=123456789012345678901234567890|huge=1e999"},
      {R"({"s":"\"\\\/\b\f\n\r\t"})", "s=\"\\/\b\f\n\r\t"},
      {R"({"s":"a\u0000b"})", "s=a\0b"s},
      {R"({"s":"\u0041\u00e9\u20AC\ud83d\uDE00!"})", "s=A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80!"},
      {"{\"s\":\"gr\xc3\xbc\xc3\x9f \x7f\"}", "s=gr\xc3\xbc\xc3\x9f \x7f"},
      {R"({"na\tme":"x","y\u0041":"z"})", "na\tme=x|yA=z"},
      {R"({"o":{},"l":[]})", "o={}|l=[]"},
      {R"({"o":{ },"l":[ ]})", "o={}|l=[]"},
      {R"({"o":{"x":[1,"a\"b",{}],"y":{"z":null}}})", R"(o={"x":[1,"a\"b",{}],"y":{"z":null}})"},
      {R"({"o": { "x y" : [ 1 , " a\" b " , { } ] , "y" : [ [ ] , [ 2 ] ] } , "p" : 1 })",
       R"(o={"x y":[1," a\" b ",{}],"y":[[],[2]]}|p=1)"},
      {R"({"o":["\u0041\\"]})", R"(o=["\u0041\\"])"},
  };
  for (const Row& row : rows) EXPECT_EQ(Read(row.text), row.fields) << row.text;
}

TEST(JsonObjectReaderTest, ErrorsNameTheColumn) {
  struct Row {
    std::string text;
    const char* says;
  };
  const Row rows[] = {
      {"", "column 1: not a JSON object"},
      {"[1]", "column 1: not a JSON object"},
      {" \"x\"", "column 2: not a JSON object"},
      {"{", "column 2: a member's name"},
      {"{\"a\":1", "column 7: a ',' or '}' is expected"},
      {"{\"a\":1,", "column 8: a member's name"},
      {"{\"a\":1,}", "column 8: a member's name"},
      {"{'a':1}", "column 2: a member's name"},
      {"{\"a\" 1}", "column 6: a ':' is expected"},
      {"{\"a\":}", "column 6: a value is expected"},
      {"{\"a\":01}", "column 7: a ',' or '}' is expected"},
      {"{\"a\":+1}", "column 6: a value is expected"},
      {"{\"a\":.5}", "column 6: a value is expected"},
      {"{\"a\":-}", "column 7: a digit is expected"},
      {"{\"a\":1.}", "column 8: a digit is expected"},
      {"{\"a\":1e}", "column 8: a digit is expected"},
      {"{\"a\":NaN}", "column 6: a value is expected"},
      {"{\"a\":tru}", "column 6: a value is expected"},
      {"{\"a\":truely}", "column 10: a ',' or '}' is expected"},
      {"{\"a\":\"x", "column 8: the string does not end"},
      {"{\"a\":\"x\\", "column 9: an unknown escape"},
      {"{\"a\":\"\\x\"}", "column 8: an unknown escape"},
      {"{\"a\":\"\\u12g4\"}", "column 11: four hexadecimal digits"},
      {"{\"a\":\"\\ud800\"}", "half of a surrogate pair"},
      {"{\"a\":\"\\ud800\\n\"}", "half of a surrogate pair"},
      {"{\"a\":\"\\ud800\\u0041\"}", "half of a surrogate pair"},
      {"{\"a\":\"\\udc00\"}", "the second half of a surrogate pair"},
      {"{\"a\":\"\t\"}", "column 7: a control character"},
      {"{\"a\":\"\0\"}"s, "column 7: a control character"},
      {"{\"a\":\"\xff\"}", "column 7: not UTF-8"},
      {"{\"a\":[1,]}", "column 9: a value is expected"},
      {"{\"a\":[,1]}", "column 7: a value is expected"},
      {"{\"a\":[1 2]}", "column 9: a ',' or ']' is expected"},
      {"{\"a\":[1}}", "column 8: a ',' or ']' is expected"},
      {"{\"a\":{\"b\"}}", "column 10: a ':' is expected"},
      {"{\"a\":{1:2}}", "column 7: a member's name"},
      {"{\"a\":{\"b\":1,}}", "column 13: a member's name"},
      {"{\"a\":[[[", "a value is expected"},
      {"{\"a\":1} x", "column 9: nothing more is expected"},
      {"{\"a\":1}{\"b\":2}", "column 8: nothing more is expected"},
  };
  for (const Row& row : rows) EXPECT_THAT(Read(row.text), HasSubstr(row.says)) << row.text;
}

TEST(JsonObjectReaderTest, DeepNestingIsNoProblem) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_EQ(Read("{\"d\":" + deep + "}"), "d=" + deep);
}

TEST(JsonObjectReaderTest, ManyEscapedValuesStayWhereTheyAre) {
  std::string text = "{";
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string n = std::to_string(i);
    text += (i == 0 ? "" : ",") + ("\"n\\n" + n) + "\":\"v\\n" + n + "\"";
    expected += (i == 0 ? "" : "|") + ("n\n" + n) + "=v\n" + n;
  }
  EXPECT_EQ(Read(text + "}"), expected);
}

}  // namespace
}  // namespace evlog::cli

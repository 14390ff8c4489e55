#include "server/wire/resp_writer.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <string>

namespace evlog::server {
namespace {

TEST(RespWriter, WritesEachTypeInBothProtocols) {
  const struct {
    std::function<void(RespWriter&)> write;
    std::string resp2, resp3;
  } cases[] = {
      {[](RespWriter& w) { w.Simple("PONG"); }, "+PONG\r\n", "+PONG\r\n"},
      {[](RespWriter& w) { w.Ok(); }, "+OK\r\n", "+OK\r\n"},
      {[](RespWriter& w) { w.Error("ERR a\r\nb"); }, "-ERR a  b\r\n", "-ERR a  b\r\n"},
      {[](RespWriter& w) { w.Integer(-7); }, ":-7\r\n", ":-7\r\n"},
      {[](RespWriter& w) { w.Integer(INT64_MIN); }, ":-9223372036854775808\r\n",
       ":-9223372036854775808\r\n"},
      {[](RespWriter& w) { w.Bulk("a\r\nb"); }, "$4\r\na\r\nb\r\n", "$4\r\na\r\nb\r\n"},
      {[](RespWriter& w) { w.Bulk(""); }, "$0\r\n\r\n", "$0\r\n\r\n"},
      {[](RespWriter& w) { w.BulkNumber(12); }, "$2\r\n12\r\n", "$2\r\n12\r\n"},
      {[](RespWriter& w) {
         w.Id({5, 1});
       },
       "$3\r\n5-1\r\n", "$3\r\n5-1\r\n"},
      {[](RespWriter& w) { w.Id(EntryId::Max()); },
       "$41\r\n18446744073709551615-18446744073709551615\r\n",
       "$41\r\n18446744073709551615-18446744073709551615\r\n"},
      {[](RespWriter& w) { w.Null(); }, "$-1\r\n", "_\r\n"},
      {[](RespWriter& w) { w.NullArray(); }, "*-1\r\n", "_\r\n"},
      {[](RespWriter& w) { w.Array(0); }, "*0\r\n", "*0\r\n"},
      {[](RespWriter& w) { w.Map(2); }, "*4\r\n", "%2\r\n"},
      {[](RespWriter& w) { w.Set(2); }, "*2\r\n", "~2\r\n"},
      {[](RespWriter& w) { w.Push(3); }, "*3\r\n", ">3\r\n"},
      {[](RespWriter& w) { w.Double(1.5); }, "$3\r\n1.5\r\n", ",1.5\r\n"},
      {[](RespWriter& w) { w.Double(std::numeric_limits<double>::infinity()); }, "$3\r\ninf\r\n",
       ",inf\r\n"},
      {[](RespWriter& w) { w.Bool(true); }, ":1\r\n", "#t\r\n"},
      {[](RespWriter& w) { w.Verbatim("a:1"); }, "$3\r\na:1\r\n", "=7\r\ntxt:a:1\r\n"},
      {[](RespWriter& w) {
         w.Bulks({"a", "bc"});
       },
       "*2\r\n$1\r\na\r\n$2\r\nbc\r\n", "*2\r\n$1\r\na\r\n$2\r\nbc\r\n"},
  };
  for (const auto& c : cases) {
    for (const int protocol : {2, 3}) {
      std::string out = "before";
      RespWriter writer(&out, protocol);
      c.write(writer);
      EXPECT_EQ(out, "before" + (protocol == 2 ? c.resp2 : c.resp3));
    }
  }
}

TEST(RespWriter, CountsAfterwards) {
  std::string out;
  RespWriter writer(&out, 2);
  writer.Integer(1);
  const size_t mark = writer.Mark();
  writer.Integer(2);
  writer.Integer(3);
  writer.ArrayAt(mark, 2);
  EXPECT_EQ(out, ":1\r\n*2\r\n:2\r\n:3\r\n");
  writer.Rewind(mark);
  writer.NullArray();
  EXPECT_EQ(out, ":1\r\n*-1\r\n");
}

}  // namespace
}  // namespace evlog::server

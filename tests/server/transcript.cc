#include "tests/server/transcript.h"

#include <gtest/gtest.h>

#include <sstream>
#include <utility>

namespace evlog::server {

RespClient& Transcript::Of(const std::string& name) {
  const auto found = clients_.find(name);
  if (found != clients_.end()) return found->second;
  RespClient& client = clients_.emplace(name, RespClient(port_)).first->second;
  if (!prelude_.empty()) client.Ask(EncodeWords(prelude_));
  return client;
}

void Transcript::AwaitInfo(const std::string& field, const std::string& value) {
  RespClient& watcher = Of(" watcher");
  const std::string wanted = field + ":" + value + "\r\n";
  std::string info;
  do {
    watcher.SendCommand({"INFO", "clients"});
    info = watcher.ReadText();
    ASSERT_NE(info, "closed");
  } while (info.find(wanted) == std::string::npos);
}

void Transcript::PlayLine(const std::string& line) {
  const size_t space = line.find(' ');
  const std::string name = line.substr(0, space - 1);
  if (line[space - 1] == '>') return Of(name).SendCommand(EncodeWords(line.substr(space)));
  if (line[space - 1] != ':') {
    const std::vector<std::string> words = EncodeWords(line);
    if (words[0] == "blocked") return AwaitInfo("blocked_clients", words[1]);
    ASSERT_EQ(words[0], "subscribed") << line;
    const std::string wanted = "[\"" + words[2] + "\" " + words[1] + "]";
    while (Of(" watcher").Ask({"PUBSUB", "NUMSUB", words[2]}) != wanted) {
    }
    return;
  }
  std::string expected = line.substr(space + 1);
  std::string reply = Of(name).Read();
  if (expected.ends_with("...")) {
    expected.resize(expected.size() - 3);
    reply = reply.substr(0, expected.size());
  }
  ASSERT_EQ(reply, expected) << "where it says: " << line;
}

void Transcript::Play(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::string line;
  while (std::getline(lines, line)) {
    line.erase(0, line.find_first_not_of(' '));
    std::string more;
    while (line.ends_with('\\') && std::getline(lines, more)) {
      line.pop_back();
      line += more.substr(more.find_first_not_of(' '));
    }
    if (line.empty() || line.starts_with('#')) continue;
    PlayLine(line);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace evlog::server

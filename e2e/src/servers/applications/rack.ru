# Writes down each whole request that Puma understood.
run(proc do |env|
  body = env["rack.input"].read.to_s
  length = env["CONTENT_LENGTH"]
  raise "the request broke off" if length && length.to_i != body.bytesize
  said = [env["REQUEST_METHOD"], env["REQUEST_URI"], env["HTTP_HOST"], env["HTTP_SEKISHO_ASSERTION"]]
  File.open(ENV["NOTES"], "ab") { |notes| notes.syswrite((said + [body.unpack1("H*")]).join("\t") + "\n") }
  [200, { "content-type" => "text/plain", "content-length" => "2" }, ["ok"]]
end)

//! The tour in Japanese.

use super::Place;
use crate::organisation::SignIn;
use crate::scene::Scene;

/// What to open, and what to try.
pub(super) fn text(place: &Place<'_>) -> String {
    let Place { scene, links, sign_in, program } = place;
    let sign_in = *sign_in;
    let data = scene.folder().display();
    let (portal, wiki, payroll) = (scene.portal(), scene.wiki(), scene.payroll());
    let forbidden = scene.forbidden_port();
    let second = match sign_in {
        SignIn::Passkey => "alice として、パスキーでサインインする。",
        SignIn::OneTimeCode => "alice としてサインインする。",
    };
    let mut text = format!(
        "
Sekisho 関所が起動しました。終了するには Ctrl-C を押してください。
  データフォルダー  {data}
  ポータル          {portal}
  ウィキ            {wiki}   （staff グループ）
  給与              {payroll}   （finance グループ、基準に適合した端末、15 分以内の {}）

次のリンクをブラウザーで 1 回ずつ開き（人ごとにプライベートウィンドウを使います）、{}
",
        way(sign_in).0,
        way(sign_in).1,
    );
    for (person, _, link) in *links {
        let role = role(person);
        match link {
            Some(link) => text.push_str(&format!("  {person:<6} {role}\n         {link}\n")),
            None => {
                text.push_str(&format!("  {person:<6} {role}\n         {portal}/sign-in  （認証手段は登録済み）\n"))
            }
        }
    }
    text.push_str(&certificate(scene));
    text.push_str(&format!(
        "
試せること
  1 サインインせずに {wiki} を開く：サインインの画面に移ります。
  2 {second}
  3 {portal}/devices：このマシンを確認し、事実と基準への適合を見る。ブラウザーがエージェントへの接続を許可しない場合は、
    画面にコードを表示し、次のコマンドで確認します：
        {program} agent open --folder {data}/agent
  4 {payroll}：開くと、数字が動き続けます。
  5 同じことを erin で試す：拒否され、理由と対処が表示されます。
  6 給与を開いたまま、別のターミナルでこの端末の規則に違反する：
        python3 -m http.server {forbidden} --bind 127.0.0.1
    開いている接続は 1 秒以内に切断されます。プログラムを終了して再読み込みすると、再び利用できます。
  7 admin として {portal}/console を開く：セッション、端末、すべての判定を確認できます。alice のセッションを終了してみてください。
    ヘルプデスクの hana では、同じコンソールにアカウントとセッションだけが表示され、管理者だけの操作はできません。
  8 証跡を見る：
        {program} decision list --data {data}
        {program} ledger verify {data}/ledger

`cargo demo --check`（またはこのプログラムに `--check`）は、これらの手順を自動で実行します。",
    ));
    text
}

/// What a person of the demo may do.
fn role(person: &str) -> &'static str {
    match person {
        "alice" => "finance：ウィキと給与",
        "erin" => "engineering：ウィキのみ",
        "hana" => "ヘルプデスクのコンソール",
        _ => "コンソール全体",
    }
}

/// What payroll asks of a sign-in, and what people prepare for it.
const fn way(sign_in: SignIn) -> (&'static str, &'static str) {
    match sign_in {
        SignIn::Passkey => (
            "パスキーによる認証",
            "パスキーを作成してください。\n指紋認証、電話、セキュリティキーのいずれも使えないブラウザーでは作成できません。その場合は `--no-passkeys` を付けて起動してください。",
        ),
        SignIn::OneTimeCode => (
            "パスワードとワンタイムコードによる認証",
            "パスワードを設定し、「認証手段」で認証アプリを登録してください。\nフィッシングされうるため、パスキーより弱い方法です。このデモでのみお使いください。",
        ),
    }
}

/// Why the browser warns, and the one command that ends it.
fn certificate(scene: &Scene) -> String {
    let authority = scene.authority_file();
    format!(
        "
ブラウザーはこのデモの認証局を知らないため、証明書の警告を表示します。警告を承認するか、次のコマンドで、このユーザーの Chromium と
Chrome に認証局を登録し（`certutil` は Debian のパッケージ libnss3-tools に含まれます）、ブラウザーを再起動してください：
        mkdir -p ~/.pki/nssdb && certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n sekisho-demo -i {}
登録を取り消すには：
        certutil -d sql:$HOME/.pki/nssdb -D -n sekisho-demo
",
        authority.display()
    )
}

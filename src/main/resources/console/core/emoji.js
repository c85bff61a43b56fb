/** Emoji that help an operator, with the words they are found by in Japanese and English. Phones draw each their own way. */
export const EMOJI = [
  ['😊', 'えがお 笑顔 にこにこ smile happy'], ['🙂', 'ほほえみ 微笑み smile'], ['😄', 'わらい 笑い laugh happy'], ['😅', 'あせ 汗 苦笑い sweat relief'],
  ['🥹', 'うるうる 感激 touched'], ['😢', 'なみだ 涙 悲しい sad cry'], ['😥', 'しんぱい 心配 worry'], ['🤔', 'かんがえる 考える think'],
  ['🙇', 'おじぎ お辞儀 おわび お詫び bow sorry'], ['🙇‍♀️', 'おじぎ お辞儀 おわび bow sorry'], ['🙏', 'おねがい お願い 感謝 please thanks'], ['👍', 'いいね 了解 good ok'],
  ['👏', 'はくしゅ 拍手 clap'], ['🙌', 'ばんざい 万歳 hooray'], ['👋', 'てをふる 手を振る wave hello bye'], ['💪', 'がんばる 力 strong'],
  ['✨', 'きらきら sparkle'], ['🎉', 'おいわい お祝い party congratulations'], ['🎁', 'プレゼント 贈り物 gift'], ['🌸', 'さくら 桜 花 flower'],
  ['☀️', 'はれ 晴れ 太陽 sun'], ['☔', 'あめ 雨 rain umbrella'], ['❤️', 'ハート 心 heart love'], ['💐', 'はなたば 花束 flowers'],
  ['✅', 'チェック 完了 済み done check'], ['⭕', 'まる 丸 正解 circle yes'], ['❌', 'ばつ 不可 cross no'], ['⚠️', 'ちゅうい 注意 警告 warning'],
  ['❗', 'びっくり 重要 important'], ['❓', 'しつもん 質問 question'], ['💡', 'ひらめき 案 idea'], ['📌', 'ピン 重要 pin'],
  ['📱', 'スマホ 携帯 電話 phone mobile'], ['📞', 'でんわ 電話 phone call'], ['💬', 'メッセージ 会話 message chat'], ['📧', 'メール mail'],
  ['📝', 'メモ 記入 write memo'], ['📄', 'しょるい 書類 document'], ['📷', 'カメラ 写真 photo camera'], ['🪪', '身分証 本人確認 identity card'],
  ['💳', 'カード 支払い card pay'], ['💰', 'おかね お金 money'], ['🧾', 'レシート 領収書 receipt'], ['🏧', 'ATM 銀行 bank'],
  ['🔒', 'かぎ 鍵 安全 lock secure'], ['🔑', 'かぎ 鍵 key'], ['🔄', 'こうしん 更新 やり直し refresh again'], ['⏰', 'じかん 時間 時計 clock time'],
  ['⏳', 'まつ 待つ 砂時計 wait'], ['📅', 'カレンダー 日付 date calendar'], ['🚚', 'はいそう 配送 delivery'], ['📦', 'にもつ 荷物 box parcel'],
  ['🏠', 'いえ 家 home'], ['🏢', 'かいしゃ 会社 office'], ['🛒', 'かいもの 買い物 cart shop'], ['➡️', 'やじるし 矢印 右 arrow next'],
  ['⬇️', 'やじるし 矢印 下 arrow below'], ['1️⃣', 'いち 一 one'], ['2️⃣', 'に 二 two'], ['3️⃣', 'さん 三 three'],
];

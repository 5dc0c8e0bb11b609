"""Views of a text with one character for each original one, so that patterns need to know one spelling only.

`fold`: half width, lower case, simplified. `as_digits`: also Chinese, circled and other digits as 0–9.
"""

from __future__ import annotations

import unicodedata

# Traditional and simplified in turn; only characters that the patterns and name lists may meet.
_PAIRS = (
    "陳陈張张劉刘黃黄楊杨趙赵吳吴鄭郑謝谢馮冯鄧邓蕭萧許许葉叶餘余盧卢蘇苏龍龙萬万錢钱湯汤鍾钟鐘钟譚谭"
    "鄒邹陸陆關关簡简歐欧賴赖麥麦龔龚嚴严韓韩賈贾藍蓝羅罗閻阎顏颜孫孙馬马鮑鲍齊齐溫温戰战駱骆藺蔺區区"
    "練练莊庄蔣蒋範范呂吕單单寧宁倫伦強强偉伟傑杰輝辉華华麗丽鳳凤蘭兰雲云國国軍军瓊琼貴贵榮荣銀银蓮莲"
    "嬌娇嫻娴嬋婵婭娅媽妈嬸婶爺爷師师長长書书記记醫医護护號号樓楼棟栋門门園园場场廈厦灣湾鎮镇東东電电"
    "話话聯联繫系絡络縣县鄉乡層层間间戶户點点兩两貳贰參参機机構构腦脑癱瘫癲癫癇痫風风濕湿節节腎肾膽胆"
    "腫肿鬱郁慮虑認认礙碍癡痴腸肠壓压臟脏結结頸颈質质鬆松損损轉转體体殘残視视聽听們们這这個个來来過过"
    "說说給给沒没會会時时為为與与從从對对讓让後后開开頭头總总還还嗎吗邊边講讲請请問问處处務务員员導导"
    "業业證证賬账帳帐訊讯實实紅红賓宾達达興兴發发財财順顺鏡镜鎖锁錦锦鋒锋錫锡鈞钧銘铭義义慶庆衛卫靜静"
    "貞贞賢贤傳传億亿儀仪優优勝胜勳勋剛刚創创鴻鸿鵬鹏鶴鹤鸞鸾維维緯纬績绩綺绮紹绍綱纲純纯紋纹綠绿綢绸"
    "緣缘樂乐樹树權权橋桥標标極极歡欢濤涛潔洁瀅滢澤泽漢汉燁烨燦灿煒炜煥焕爾尔獻献環环瑩莹瑪玛畢毕穎颖"
    "禮礼稱称競竞筆笔籃篮簽签紀纪約约級级納纳細细終终統统經经綜综線线羨羡習习聖圣聞闻聲声聰聪肅肃臨临"
    "舊旧艷艳芻刍蕓芸蔭荫藝艺蘊蕴虛虚蟲虫衝冲補补裝装見见規规覺觉觀观訓训訂订計计託托設设試试詩诗詠咏"
    "詳详誠诚調调談谈論论諾诺謀谋譽誉議议讚赞豐丰貝贝負负貨货贊赞趕赶跡迹車车軒轩輕轻輪轮辦办運运連连"
    "進进遠远適适選选遲迟邁迈郵邮鄰邻釋释針针鈴铃銳锐錄录閃闪闊阔隊队陽阳陰阴際际隨随險险雙双雜杂離离"
    "難难霧雾靈灵頂顶項项須须預预頓顿領领顧顾題题願愿類类飛飞飯饭館馆馳驰騰腾驗验驚惊魚鱼魯鲁鮮鲜鳥鸟"
    "鳴鸣麼么黨党齡龄齒齿萊莱葦苇薔蔷蘋苹奧奥娛娱嫵妩孌娈寶宝將将尋寻屆届屬属岡冈島岛峽峡嶺岭巒峦幣币"
    "幫帮庫库廣广廳厅廟庙彌弥彎弯彥彦徹彻悅悦懷怀戀恋憲宪應应戲戏擔担據据擇择擊击斷断無无晉晋曉晓暉晖"
    "曆历柵栅梔栀棲栖樸朴歲岁殺杀毀毁氣气沖冲淚泪淨净淵渊湧涌滿满漁渔潤润濱滨濟济烏乌煙烟燈灯爭争牆墙"
    "狀状獨独獅狮現现瓏珑產产畫画當当療疗癒愈皚皑盡尽盤盘監监睜睁確确礦矿禍祸種种稅税穩稳窩窝窮穷竅窍"
    "筍笋築筑簫箫糧粮緊紧緞缎縱纵織织繪绘續续罰罚職职腳脚脈脉臉脸艦舰蓋盖薦荐蘆芦虧亏螢萤術术裏里複复"
    "訪访詢询該该誇夸語语誤误諒谅販贩責责費费賀贺資资賞赏賣卖賽赛贈赠輔辅輩辈轟轰農农逕径遙遥遞递遺遗"
    "醬酱釀酿鋪铺鋼钢錯错鍋锅鎊镑鏈链鑒鉴閱阅陝陕陣阵階阶隻只雞鸡頁页頰颊養养騎骑髮发鬥斗鬧闹鴨鸭鵝鹅"
    "麵面黽黾齋斋衹只徵征齣出佈布喫吃慘惨懶懒擠挤攔拦攜携暫暂歷历滅灭煩烦犧牺癮瘾眾众睏困礎础祕秘絕绝"
    "綁绑罵骂膠胶舖铺蠟蜡誰谁賠赔購购輸输遊游醜丑鑰钥閉闭隱隐颱台飢饥髒脏黴霉償偿僅仅冊册勞劳協协嚇吓"
    "圍围壞坏夠够奪夺婦妇宮宫寫写幾几廢废彈弹惡恶慣惯憂忧掛挂採采換换搖摇擺摆擾扰數数暢畅條条樣样殼壳"
    "測测準准溝沟滾滚潛潜燒烧牽牵獎奖甦苏異异痺痹瘡疮盜盗碼码積积糾纠組组縮缩繼继脹胀膚肤舉举艙舱藥药"
    "遜逊製制親亲觸触訴诉診诊課课識识豬猪贏赢踐践軟软載载較较銷销鍵键閒闲頻频"
    "內内躍跃動动專专竇窦顫颤亞亚喬乔龐庞瀾澜嶽岳懸悬擴扩攣挛睪睾瘻瘘膿脓癬癣癰痈齲龋髖髋髏髅脛胫顱颅頜颌顎颚頦颏緒绪緩缓繃绷絲丝樺桦檸柠橫横歸归漸渐漬渍災灾營营爐炉牠它瑤瑶璣玑甌瓯疊叠瘋疯癩癞盞盏眞真矯矫碩硕祿禄禎祯稈秆"
    "穀谷窯窑竊窃篤笃粵粤糞粪縂总罈坛羥羟翹翘聾聋聶聂膩腻臍脐蘿萝蝦虾蠶蚕襪袜覽览誕诞諧谐謙谦譯译豎竖贛赣趨趋躉趸軌轨轍辙郟郏鄔邬鄺邝釗钊鈺钰鉅巨鉑铂銓铨鋁铝鏗铿鐵铁鑲镶閔闵闖闯韋韦韻韵頌颂頤颐顥颢颯飒餃饺駕驾駛驶騫骞驕骄"
    "鬢鬓鯨鲸鴉鸦鶯莺鷹鹰鹽盐鼴鼹龜龟嬡嫒嶄崭巔巅弒弑彙汇悶闷惱恼愛爱憐怜憶忆懇恳拋抛掃扫搶抢摯挚撐撑擁拥擋挡攤摊敵敌斃毙晝昼暈晕曬晒朧胧梟枭棗枣楓枫榦干槍枪檔档欄栏欽钦氈毡渾浑滯滞濁浊灑洒牀床獄狱獵猎瑋玮畝亩皺皱矚瞩砲炮"
    "磚砖禦御稜棱籌筹紗纱紮扎紳绅綿绵緋绯繩绳纏缠羈羁艱艰莖茎蒼苍蓀荪薩萨蜆蚬裊袅褲裤襯衬詐诈誌志諺谚謹谨貓猫貧贫賤贱踴踊軸轴輛辆邏逻釣钓鈔钞鉗钳銜衔鋸锯錶表鍛锻鎂镁鏟铲鑄铸閘闸隸隶響响頗颇顆颗顯显飾饰餓饿駐驻騷骚驅驱鬚须"
    "鱗鳞鴛鸳鵑鹃"
)
_VARIANTS = {"搵": "揾", "臺": "台", "於": "于", "裡": "里", "妳": "你", "爲": "为", "綫": "线"}
_TO_SIMPLIFIED = {**dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True)), **_VARIANTS}

_NUMERALS = {
    **dict(zip("零一二三四五六七八九", "0123456789", strict=True)),
    **dict(zip("〇壹贰叁肆伍陆柒捌玖", "0123456789", strict=True)),
    **dict(zip("○洞幺么两参拐勾", "00112379", strict=True)),
}


class _Fold(dict[int, str]):
    """A translation table that works out each character once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        folded = unicodedata.normalize("NFKC", character).lower()
        if len(folded) != 1:
            folded = character
        self[code] = _TO_SIMPLIFIED.get(folded, folded)
        return self[code]


class _Digits(dict[int, str]):
    def __missing__(self, code: int) -> str:
        character = chr(code)
        value = unicodedata.digit(character, None)
        self[code] = _NUMERALS.get(character, character) if value is None else str(value)
        return self[code]


_FOLD = _Fold()
_DIGITS = _Digits()


def fold(text: str) -> str:
    """`text` in half width, lower case and simplified characters; same length."""
    return text.translate(_FOLD)


def as_digits(text: str) -> str:
    """`text` with every sign for a digit, also 一, 幺, 〇, ⑧ and full width, as 0–9; same length."""
    return text.translate(_DIGITS)
